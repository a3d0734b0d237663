/* All texts of the page in English. The keys of one view share a prefix. `{name}` stands for a value. */

export default {
  language: "English",

  // The frame of the page
  views: "Views",
  tab_draw: "Draw",
  tab_look: "Look",
  tab_change: "Change",
  tab_train: "Train",
  tab_compare: "Compare",
  skip: "Skip to the content",
  run: "Run",
  no_runs: "No runs yet",
  settings: "Settings of the page",
  dark: "Dark colours",
  projector: "Large type for a projector",
  loading: "Loading …",
  status_running: "running",
  status_stopped: "stopped",
  status_failed: "failed",
};
