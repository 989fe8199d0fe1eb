// How long somebody who knows what to enter is at it: the keystroke-level model of Card, Moran and Newell (1980). It counts
// what a story does; it takes no time itself.

/** Seconds: a key of an average typist; to point at something and press; to think before each thing one does. */
const KEY = 0.28;
const POINT = 1.1 + 0.2;
const THINK = 1.35;

const cost = {
  fill: (text) => THINK + POINT + KEY * text.length,
  click: () => THINK + POINT,
  check: () => THINK + POINT,
  selectOption: () => THINK + 2 * POINT,
};

/** A page (or a part of one) that counts what is done on it into `hand.seconds`. */
export function byHand(of, hand) {
  return new Proxy(of, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given) => {
        if (name in cost) hand.seconds += cost[name](...given);
        const made = value.apply(target, given);
        return typeof made?.fill === "function" ? byHand(made, hand) : made;
      };
    },
  });
}
