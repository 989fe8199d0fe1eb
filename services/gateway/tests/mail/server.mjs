// A real SMTP server: says its port, then each letter that it takes, as lines of JSON. It ends with its standard input.
// Arguments: implicit | starttls | plain, the key's file, the certificate's file.
import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';

const [mode, key, cert] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const server = new SMTPServer({
  secure: mode === 'implicit',
  key: readFileSync(key),
  cert: readFileSync(cert),
  authOptional: mode === 'plain',
  allowInsecureAuth: false,
  disabledCommands: mode === 'starttls' ? [] : ['STARTTLS'],
  onAuth({ username, password }, session, done) {
    const right = username === 'homeward' && password === 'of the mail';
    done(right ? null : new Error('Invalid username or password'), right ? { user: username } : undefined);
  },
  onRcptTo({ address }, session, done) {
    done(address.startsWith('nobody@') ? new Error('no such mailbox') : null);
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => {
      const to = session.envelope.rcptTo.map((rcpt) => rcpt.address);
      say({ to, secure: session.secure, user: session.user ?? null, letter: Buffer.concat(parts).toString('utf8') });
      done();
    });
  },
});
server.on('error', () => {});
server.listen(0, '127.0.0.1', () => say({ port: server.server.address().port }));
process.stdin.on('end', () => process.exit(0)).resume();
