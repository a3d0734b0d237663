/* The page of an exported file: Draw and Look of one run, without a server. */

import { LessonApi } from "./lesson_api.js";
import { startPage } from "./shell.js";
import { DrawView } from "./views/draw.js";
import { LookView } from "./views/look.js";

startPage({
  root: document.getElementById("app"),
  api: new LessonApi(),
  views: { draw: DrawView, look: LookView },
});
