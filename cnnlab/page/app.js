/* The page of `cnnlab lab`: all five views, on the runs that the server shows. */

import { LabApi } from "./lab_api.js";
import { startPage } from "./shell.js";
import { DrawView } from "./views/draw.js";
import { LookView } from "./views/look.js";
import { loadLater } from "./views/later.js";

startPage({
  root: document.getElementById("app"),
  api: new LabApi(),
  views: {
    draw: DrawView,
    look: LookView,
    change: loadLater(() => import("./views/change.js").then((module) => module.ChangeView)),
    train: loadLater(() => import("./views/train.js").then((module) => module.TrainView)),
    compare: loadLater(() => import("./views/compare.js").then((module) => module.CompareView)),
  },
});
