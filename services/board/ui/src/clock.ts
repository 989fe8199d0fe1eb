// The server's clock, carried on between two pulses. The demonstration's clock runs faster than ours, so its pace is
// measured from the pulses themselves.

export class ServerClock {
  #at: number;
  #heardAt: number;
  #pace = 1;
  readonly #mine: () => number;

  constructor(serverNow: number, mine: () => number = () => performance.now()) {
    this.#mine = mine;
    this.#at = serverNow;
    this.#heardAt = mine();
  }

  /** The server says what time it is. */
  hear(serverNow: number): void {
    const mine = this.#mine();
    const passed = mine - this.#heardAt;
    if (passed > 500) {
      // Whole paces only: jitter of the network must not make a second longer.
      this.#pace = Math.min(1000, Math.max(1, Math.round((serverNow - this.#at) / passed)));
    }
    this.#at = serverNow;
    this.#heardAt = mine;
  }

  /** What time it is there now, in milliseconds. */
  now(): number {
    return this.#at + (this.#mine() - this.#heardAt) * this.#pace;
  }
}

/** How long until then: a second that has begun still counts. */
export function ahead(milliseconds: number): string {
  return span(Math.ceil(milliseconds / 1000) * 1000);
}

/** `45 s`, `4 min 05 s`, `14 min`, `1 h 20 min`: how long. Never `14:00`, which is a time of the day. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(Math.abs(milliseconds) / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  if (h > 0) return `${h} h ${two(m)} min`;
  if (m >= 10) return `${m} min`;
  return m > 0 ? `${m} min ${two(s)} s` : `${s} s`;
}
