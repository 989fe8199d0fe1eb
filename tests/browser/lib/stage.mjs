// The stage: Homeward in a process of its own, on a clock that the story sets, with simulated handsets. Orders go in as
// lines of JSON, answers come out (tests/src/bin/stage). Its input's end is its end: it can't outlive this process.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("../../..", import.meta.url));
const program = process.env.STAGE ?? join(process.env.CARGO_TARGET_DIR ?? join(top, "target"), "debug", "stage");

/** However long anything that must come may take, in milliseconds. */
export const PATIENCE = 30_000;

export class Stage {
  #process;
  #waiting = new Map();
  #next = 1;
  #ended;
  #complaints = "";

  /** Opens on a Friday in November at half past eight, or at that instant; from nothing: an administrator is all there is; mapped: with a file of maps; issuer: people may log in with that provider of accounts; neighbour: another school is there too; apart: with a broker and a database outside. */
  static async opens(at, { fromNothing = false, mapped = false, issuer, neighbour = false, apart = false } = {}) {
    const stage = new Stage();
    stage.#process = spawn(program, [at, fromNothing ? "from-nothing" : undefined, mapped ? "mapped" : undefined, neighbour ? "neighbour" : undefined, apart ? "apart" : undefined, issuer === undefined ? undefined : `issuer=${issuer}`].filter((word) => word !== undefined), { stdio: ["pipe", "pipe", "pipe"] });
    stage.#process.stderr.on("data", (text) => (stage.#complaints = (stage.#complaints + text).slice(-8_000)));
    stage.#ended = new Promise((end) => stage.#process.on("exit", (code) => end(code)));
    const ready = new Promise((begin, fail) => {
      stage.#process.on("error", fail);
      void stage.#ended.then((code) => {
        const why = new Error(`the stage ended (${code}): ${stage.#complaints}`);
        fail(why);
        for (const { no } of stage.#waiting.values()) no(why);
      });
      createInterface({ input: stage.#process.stdout }).on("line", (line) => stage.#heard(JSON.parse(line), begin));
    });
    Object.assign(stage, await ready);
    return stage;
  }

  /** What it complained of last. */
  complaints() {
    return this.#complaints;
  }

  #heard(told, begin) {
    if (told.ready !== undefined) return begin(told.ready);
    const waiting = this.#waiting.get(told.id);
    this.#waiting.delete(told.id);
    if (told.no === undefined) waiting?.ok(told.ok);
    else waiting?.no(new Error(`the stage: ${told.no}`));
  }

  order(order) {
    const id = this.#next++;
    return new Promise((ok, no) => {
      this.#waiting.set(id, { ok, no });
      this.#process.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
    });
  }

  /** The clock, through all that falls due, to that time of today: `09:40`. */
  at(time) {
    return this.order({ do: "at", time });
  }

  to(instant) {
    return this.order({ do: "to", instant });
  }

  /** The museum trip gets that far: drafted, submitted, authorised, ready, departed, returned. */
  outing(step) {
    return this.order({ do: "outing", step });
  }

  async asks(who, service, command, body) {
    const { status, answer } = await this.order({ do: "asks", who, service, command, body });
    if (status !== 200) throw new Error(`${command}: ${status} ${JSON.stringify(answer)}`);
  }

  sends(tag, body) {
    return this.order({ do: "sends", tag, body });
  }

  /** The location app of the phone with that tag says where it is. */
  isAt(tag, lat, lon, accuracy = 12) {
    return this.order({ do: "isAt", tag, lat, lon, accuracy });
  }

  texted(tag, words) {
    return this.order({ do: "texted", tag, words });
  }

  nobodyAnswers() {
    return this.order({ do: "nobodyAnswers" });
  }

  /** From now on that phone or line rings, and nobody takes it. */
  ringsOut(number) {
    return this.order({ do: "ringsOut", number });
  }

  /** Somebody outside rings the school, from that number or withholding it; whoever has the phone with `takenBy` takes it, or nobody. Until their call has ended. */
  ringsSchool(from, { withheld = false, takenBy } = {}) {
    return this.order({ do: "ringsSchool", from, withheld, takenBy });
  }

  losesBroker() {
    return this.order({ do: "losesBroker" });
  }

  findsBroker() {
    return this.order({ do: "findsBroker" });
  }

  /** How many events of that name a service has told. */
  told(service, event) {
    return this.order({ do: "told", service, event });
  }

  goesDown() {
    return this.order({ do: "goesDown" });
  }

  comesBack() {
    return this.order({ do: "comesBack" });
  }

  quiet() {
    return this.order({ do: "quiet" });
  }

  /** Ends it; its journals hold, or this fails. */
  async ends() {
    this.#process.stdin.end();
    const late = setTimeout(() => this.#process.kill("SIGKILL"), PATIENCE);
    const code = await this.#ended;
    clearTimeout(late);
    if (code !== 0) throw new Error(`the stage ended with ${code}`);
  }
}
