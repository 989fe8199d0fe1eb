// The event stream, with a watchdog: a screen that has heard nothing for ten seconds says so across the whole of it.

/** After this long without a pulse what is shown may be old, in milliseconds. */
export const SILENCE_MS = 10_000;

/** A closed stream is opened again after this long, in milliseconds. */
const REOPEN_MS = 3_000;

/** What the server says every three seconds. */
export interface Pulse {
  /** Its time. */
  now: string;
  /** Whether what is shown is all that there is. */
  freshness: Freshness;
}

export interface Freshness {
  /** Connected, and caught up. */
  live: boolean;
  /** Since when it isn't. */
  stale_since: string | null;
  /** Whether it ever was. */
  begun: boolean;
  /** Services that are no longer followed, each with the reason. */
  lost: Record<string, string>;
}

/** Judges silence. Kept apart from timers, so that it can be tried. */
export class Watchdog {
  #heardAt: number;

  constructor(now: number) {
    this.#heardAt = now;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  /** How long there was silence, if it has been too long. */
  silence(now: number): number | undefined {
    const silent = now - this.#heardAt;
    return silent > SILENCE_MS ? silent : undefined;
  }
}

export interface Listener {
  pulse(pulse: Pulse): void;
  board(html: string): void;
  /** The stream was refused: the log-in may be over. */
  refused(): void;
}

/** What a `change` is made of: `[from, count]` lines of what was shown, or a new line. See services/board/src/delta.rs. */
export type Part = [from: number, count: number] | string;

/** The new drawing, made of the old one. */
export function patched(old: string, parts: Part[]): string {
  const lines = old.split("\n");
  return parts.flatMap((part) => (typeof part === "string" ? [part] : lines.slice(part[0], part[0] + part[1]))).join("\n");
}

/** Opens the stream, and opens it again whenever the browser has given up on it. */
export function listen(url: string, listener: Listener): void {
  const open = (): void => {
    const source = new EventSource(url);
    // What was sent of the board last, on this connection: each begins with the whole of it.
    let board = "";
    source.addEventListener("pulse", (event) => listener.pulse(JSON.parse(event.data) as Pulse));
    source.addEventListener("board", (event) => {
      board = event.data as string;
      listener.board(board);
    });
    source.addEventListener("change", (event) => {
      const changed = patched(board, JSON.parse(event.data) as Part[]);
      if (changed === board) return;
      board = changed;
      listener.board(board);
    });
    source.addEventListener("error", () => {
      // While it is connecting again by itself (a lost network) nothing is to be done.
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      void isRefused().then((refused) => refused && listener.refused());
      setTimeout(open, REOPEN_MS);
    });
  };
  open();
}

/** Whether the page itself would now send us to log in. */
async function isRefused(): Promise<boolean> {
  try {
    const answer = await fetch(location.pathname, { redirect: "manual", cache: "no-store" });
    return answer.type === "opaqueredirect" || answer.status === 401;
  } catch {
    return false;
  }
}
