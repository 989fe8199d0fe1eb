// Reads QR codes where the browser has no reader of its own. A script apart: it is loaded when a camera is switched on.

import jsQR from "jsqr";

globalThis.homewardQr = (data, width, height) => jsQR(data, width, height, { inversionAttempts: "dontInvert" });
