// A provider of accounts (OpenID Connect) on loopback: the real thing, with people of the story's own. It goes by `localhost`, so
// that browsers take it for another site than Homeward, as they would take Google or Microsoft for one.
import http from "node:http";
import Provider from "oidc-provider";

/** What it shares with the stage (tests/src/bin/stage). */
const CLIENT = { client_id: "homeward", client_secret: "a secret of the story alone" };

export class Accounts {
  #server;
  #provider;

  /** It is there, and says who it is; or it is down, until it opens. */
  static async begins(story, { down = false } = {}) {
    const accounts = new Accounts();
    accounts.#server = http.createServer((request, answer) => {
      if (accounts.#provider === undefined) return answer.writeHead(503).end("down for maintenance");
      if (request.url.startsWith("/interaction/")) return accounts.#asksWho(request, answer);
      return accounts.#provider.callback()(request, answer);
    });
    await new Promise((ready) => accounts.#server.listen(0, "localhost", ready));
    story.after(() => {
      accounts.#server.closeAllConnections();
      return new Promise((closed) => accounts.#server.close(closed));
    });
    accounts.issuer = `http://localhost:${accounts.#server.address().port}`;
    // Homeward asks it at its start, when nobody knows yet where Homeward is.
    return down ? accounts : accounts.#knows([]);
  }

  /** It answers, and knows Homeward at that address. */
  opensFor(web) {
    return this.#knows([{ ...CLIENT, redirect_uris: [`${web}/login/with/work/back`] }]);
  }

  #knows(clients) {
    this.#provider = new Provider(this.issuer, {
      clients,
      claims: { email: ["email", "email_verified"], profile: ["name"] },
      // As Google and Microsoft do: who somebody is stands in the ID token.
      conformIdTokenClaims: false,
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope("openid email profile");
        await grant.save();
        return grant;
      },
      findAccount: (_ctx, id) => ({
        accountId: id,
        claims: () => ({ sub: id, email: `${id.replace("subject-of-", "")}@elmfield.example`, email_verified: true }),
      }),
      cookies: { keys: ["a key of the story alone"] },
    });
    return this;
  }

  /** Its own log-in: whoever types a name is believed. */
  async #asksWho(request, answer) {
    if (request.method === "GET") {
      answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      return answer.end('<!doctype html><html lang="en"><title>Accounts</title><form method="post"><label>Account <input name="account"></label><button>This is me</button></form></html>');
    }
    let body = "";
    for await (const part of request) body += part;
    const accountId = `subject-of-${new URLSearchParams(body).get("account")}`;
    return this.#provider.interactionFinished(request, answer, { login: { accountId } }, { mergeWithLastSubmission: false });
  }
}

/** Somebody logs in there, with the browser's page as it stands. */
export async function logsInThere(page, who) {
  await page.getByLabel("Account").fill(who);
  await page.getByRole("button", { name: "This is me" }).click();
  await page.waitForURL((url) => !url.href.startsWith("http://localhost"));
}
