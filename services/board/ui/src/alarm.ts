// The alarm's sound: plays until somebody owns every alert of a warning or more. The pattern is one looping buffer, so
// that it goes on in a background tab, where timers are slowed down. A browser plays nothing before a person has clicked:
// until then a loud notice says that sound is off.

export type Severity = "warning" | "urgent" | "emergency";

interface Beep {
  from: number;
  seconds: number;
  hertz: number;
}

interface Pattern {
  seconds: number;
  beeps: Beep[];
}

const beep = (from: number, seconds: number, hertz: number): Beep => ({ from, seconds, hertz });

/** Graver is faster and higher. */
export const PATTERNS: Record<Severity, Pattern> = {
  warning: { seconds: 15, beeps: [beep(0, 0.25, 523), beep(0.35, 0.25, 523)] },
  urgent: { seconds: 4, beeps: [beep(0, 0.3, 784), beep(0.4, 0.3, 659), beep(0.8, 0.3, 784)] },
  emergency: {
    seconds: 1.6,
    beeps: [beep(0, 0.18, 988), beep(0.24, 0.18, 1319), beep(0.48, 0.18, 988), beep(0.72, 0.18, 1319)],
  },
};

/** The samples of a pattern: sines with soft edges, so that nothing clicks. */
export function samples(pattern: Pattern, rate: number): Float32Array<ArrayBuffer> {
  const wave = new Float32Array(Math.round(pattern.seconds * rate));
  for (const { from, seconds, hertz } of pattern.beeps) {
    const [first, count, edge] = [Math.round(from * rate), Math.round(seconds * rate), 0.01 * rate];
    for (let n = 0; n < count && first + n < wave.length; n++) {
      const soft = Math.min(1, n / edge, (count - n) / edge);
      wave[first + n] = 0.5 * soft * Math.sin((2 * Math.PI * hertz * n) / rate);
    }
  }
  return wave;
}

export class Alarm {
  #context: AudioContext | undefined;
  #playing: { severity: Severity; source: AudioBufferSourceNode } | undefined;
  #wanted: Severity | undefined;
  readonly #onChange: (armed: boolean) => void;

  constructor(onChange: (armed: boolean) => void) {
    this.#onChange = onChange;
  }

  get armed(): boolean {
    return this.#context?.state === "running";
  }

  /** Tries to get the sound going; works after a click, or where the browser was told to allow it. */
  async arm(): Promise<void> {
    this.#context ??= this.#open();
    // Without a click this promise may stay open for ever: its outcome is told by `statechange`.
    void this.#context.resume().catch(() => undefined);
    this.#changed();
  }

  /** A short sound, to hear that it works. */
  test(): void {
    this.#start("warning", false);
  }

  /** What should be heard now: nothing, or the pattern of the gravest alert that nobody owns. */
  want(severity: Severity | undefined): void {
    this.#wanted = severity;
    this.#changed();
  }

  #open(): AudioContext {
    const context = new AudioContext();
    context.addEventListener("statechange", () => this.#changed());
    return context;
  }

  #changed(): void {
    if (this.#playing !== undefined && this.#playing.severity !== this.#wanted) {
      this.#playing.source.stop();
      this.#playing = undefined;
    }
    if (this.armed && this.#wanted !== undefined && this.#playing === undefined) {
      const source = this.#start(this.#wanted, true);
      if (source !== undefined) this.#playing = { severity: this.#wanted, source };
    }
    this.#onChange(this.armed);
  }

  #start(severity: Severity, loop: boolean): AudioBufferSourceNode | undefined {
    const context = this.#context;
    if (context === undefined) return undefined;
    const wave = samples(PATTERNS[severity], context.sampleRate);
    const buffer = context.createBuffer(1, wave.length, context.sampleRate);
    buffer.copyToChannel(wave, 0);
    const source = new AudioBufferSourceNode(context, { buffer, loop });
    source.connect(context.destination);
    source.start();
    return source;
  }
}
