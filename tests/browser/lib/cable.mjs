// The cable between browsers and Homeward: it can be pulled (refused), and it can go dead while it seems to be in (a phone
// in a tunnel, a switch that lost its mind: connections stay open and nothing comes).
import { connect, createServer } from "node:net";

export class Cable {
  #server;
  #ends = new Set();
  #state = "whole";

  static async to(port) {
    const cable = new Cable();
    cable.#server = createServer((near) => cable.#join(near, port));
    await new Promise((ready) => cable.#server.listen(0, "127.0.0.1", ready));
    cable.origin = `http://127.0.0.1:${cable.#server.address().port}`;
    return cable;
  }

  #join(near, port) {
    if (this.#state === "pulled") return near.destroy();
    const far = connect(port, "127.0.0.1");
    const pair = { near, far };
    this.#ends.add(pair);
    for (const end of [near, far]) {
      end.setNoDelay(true);
      end.on("error", () => undefined);
      end.on("close", () => {
        near.destroy();
        far.destroy();
        this.#ends.delete(pair);
      });
    }
    if (this.#state === "whole") this.#flow(pair);
  }

  #flow({ near, far }) {
    near.pipe(far);
    far.pipe(near);
  }

  /** Pulled out: what was open breaks, what is tried is refused. */
  pull() {
    this.#state = "pulled";
    for (const { near, far } of this.#ends) {
      near.destroy();
      far.destroy();
    }
  }

  /** Dead: what is open stays open, and nothing comes through. */
  goesDead() {
    this.#state = "dead";
    for (const { near, far } of this.#ends) {
      near.unpipe(far);
      far.unpipe(near);
      near.pause();
      far.pause();
    }
  }

  /** Whole again. What went dead breaks, as it does when a network notices. */
  mend() {
    if (this.#state === "dead") this.pull();
    this.#state = "whole";
  }

  async ends() {
    this.pull();
    await new Promise((closed) => this.#server.close(closed));
  }
}
