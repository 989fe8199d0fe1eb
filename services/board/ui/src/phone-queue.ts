// What was pressed on the phone page, kept until the server has answered each. Every press has its own id, so that
// sending it twice does it once, and its own time, so that a late one counts when it was said.

export type Word = "ok" | "boarded" | "arrived" | "handed_over" | "leaving" | "back" | { late: { minutes: number } };

/** One press, as POST /go/{token}/words takes it. */
export interface Press {
  id: string;
  kind: "check-in" | "help" | "lost" | "found";
  pressed_at: string;
  group?: string;
  word?: Word;
  headcount?: number;
  note?: string;
}

/** How the server answered one press. */
export interface Answer {
  id: string;
  outcome: "accepted" | "refused" | "faulted";
  /** Why it was refused: the rule, what is wrong, what would do. */
  refusal?: { rule?: string; message: string; remedy: string };
  /** Why it could not be told. */
  message?: string;
}

/** A refusal in one line, with its rule. */
export function reasonOf(answer: Answer): string | undefined {
  const { refusal } = answer;
  if (refusal === undefined) return answer.message;
  const message = refusal.message.charAt(0).toUpperCase() + refusal.message.slice(1).replace(/\.?$/, ".");
  return `${refusal.rule === undefined ? "" : `${refusal.rule}: `}${message} ${refusal.remedy}`;
}

export type Standing = "queued" | "taken" | "refused";

export interface Item {
  press: Press;
  label: string;
  standing: Standing;
  message?: string;
}

/** Where items are kept: localStorage, or a map in tests. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Answered items that stay in view. */
const KEPT = 12;

/** The most presses sent at once. */
export const BATCH = 20;

export class Queue {
  readonly #store: Store;
  readonly #key: string;
  #items: Item[];

  constructor(store: Store, key: string) {
    this.#store = store;
    this.#key = key;
    this.#items = load(store, key);
  }

  /** The newest first. */
  get items(): readonly Item[] {
    return [...this.#items].reverse();
  }

  /** What has not been answered, the oldest first. */
  get waiting(): Press[] {
    return this.#items.filter((item) => item.standing === "queued").map((item) => item.press);
  }

  add(press: Press, label: string): void {
    this.#items.push({ press, label, standing: "queued" });
    this.#save();
  }

  /** Takes answers; what met a fault stays queued, to be sent again. */
  answered(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const item = this.#items.find((known) => known.press.id === answer.id);
      if (item === undefined || item.standing !== "queued") continue;
      if (answer.outcome === "accepted") item.standing = "taken";
      else if (answer.outcome === "refused") item.standing = "refused";
      const reason = reasonOf(answer);
      if (reason !== undefined) item.message = reason;
    }
    const over = this.#items.filter((item) => item.standing !== "queued");
    const gone = new Set(over.slice(0, Math.max(0, over.length - KEPT)));
    this.#items = this.#items.filter((item) => !gone.has(item));
    this.#save();
  }

  #save(): void {
    try {
      this.#store.setItem(this.#key, JSON.stringify(this.#items));
    } catch {
      // A full or forbidden store: the presses still live as long as the page does.
    }
  }
}

function load(store: Store, key: string): Item[] {
  try {
    const items: unknown = JSON.parse(store.getItem(key) ?? "[]");
    return Array.isArray(items) ? (items as Item[]) : [];
  } catch {
    return [];
  }
}

/** A random UUID; `crypto.randomUUID` is missing where a page is not served over TLS. */
export function newId(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (b) => crypto.getRandomValues(b)): string {
  const bytes = random(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
