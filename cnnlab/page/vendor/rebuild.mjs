/*
 * Build the vendored libraries again from npm: `node cnnlab/page/vendor/rebuild.mjs [FOLDER]`.
 *
 * The script installs the versions below into a temporary folder, bundles them with esbuild, and
 * writes the bundles, vendor.json and LICENSES.md into FOLDER, which is this folder if not given.
 * All versions are exact, those of indirect dependencies too, so each build gives the same bytes.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILDER = { esbuild: "0.28.2" };

// The packages of each bundle, and the text of the module that exports what the page uses.
const BUNDLES = {
  "preact.js": {
    packages: { preact: "11.2.0", htm: "3.1.1" },
    entry: `
      import { h } from "preact";
      import htm from "htm";
      export { h, render, Fragment, Component, createContext, createRef } from "preact";
      export { useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect,
        useMemo, useReducer, useRef, useState } from "preact/hooks";
      export const html = htm.bind(h);`,
  },
  "uplot.js": {
    packages: { uplot: "1.6.32" },
    entry: `export { default } from "uplot";`,
  },
  "codemirror.js": {
    packages: {
      "@codemirror/autocomplete": "6.20.4",
      "@codemirror/commands": "6.11.1",
      "@codemirror/lang-yaml": "6.1.3",
      "@codemirror/language": "6.13.1",
      "@codemirror/lint": "6.9.8",
      "@codemirror/search": "6.7.2",
      "@codemirror/state": "6.7.6",
      "@codemirror/streamparser": "6.0.0",
      "@codemirror/view": "6.43.15",
      "@lezer/common": "1.5.5",
      "@lezer/highlight": "1.2.5",
      "@lezer/lr": "1.4.12",
      "@lezer/yaml": "1.0.4",
      "@marijn/find-cluster-break": "1.0.4",
      codemirror: "6.0.2",
      crelt: "1.0.7",
      "style-mod": "4.1.5",
      "w3c-keyname": "2.2.8",
    },
    entry: `
      export { EditorView, basicSetup, minimalSetup } from "codemirror";
      export { Compartment, EditorState, Prec, StateEffect, StateField, Transaction }
        from "@codemirror/state";
      export { Decoration, hoverTooltip, keymap, lineNumbers, tooltips } from "@codemirror/view";
      export { yaml } from "@codemirror/lang-yaml";
      export { HighlightStyle, syntaxHighlighting, syntaxTree } from "@codemirror/language";
      export { tags } from "@lezer/highlight";
      export { forceLinting, lintGutter, lintKeymap, linter, nextDiagnostic, setDiagnostics }
        from "@codemirror/lint";
      export { acceptCompletion, autocompletion, completionKeymap, startCompletion }
        from "@codemirror/autocomplete";
      export { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";`,
  },
};

const folder = process.argv[2] ?? dirname(fileURLToPath(import.meta.url));

function installPackages(work) {
  const dependencies = Object.assign({ ...BUILDER }, ...Object.values(BUNDLES).map((b) => b.packages));
  writeFileSync(join(work, "package.json"), JSON.stringify({ private: true, dependencies }));
  const options = ["install", "--silent", "--no-audit", "--no-fund"];
  execFileSync("npm", options, { cwd: work, stdio: ["ignore", "ignore", "inherit"] });
}

function buildBundle(work, name, { packages, entry }) {
  const source = join(work, `entry-${name}`);
  writeFileSync(source, entry);
  const banner = `/* ${Object.entries(packages).map(([key, value]) => `${key} ${value}`).join(", ")}; see LICENSES.md */`;
  const options = ["--bundle", "--format=esm", "--minify", "--target=es2022", "--legal-comments=none"];
  const output = join(folder, name);
  const esbuild = join(work, "node_modules/.bin/esbuild");
  execFileSync(esbuild, [source, ...options, "--log-level=warning", `--banner:js=${banner}`, `--outfile=${output}`]);
}

function readPackage(work, name) {
  const place = join(work, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  const file = readdirSync(place).find((entry) => /^licen[cs]e/i.test(entry));
  return { name, version, license, text: file ? readFileSync(join(place, file), "utf8").trim() : "" };
}

function hashFile(name) {
  return createHash("sha256").update(readFileSync(join(folder, name))).digest("hex");
}

function describeFiles(work) {
  const files = {};
  for (const [name, { packages }] of Object.entries(BUNDLES)) {
    files[name] = { packages: Object.keys(packages), sha256: hashFile(name) };
  }
  files["uplot.css"] = { packages: ["uplot"], sha256: hashFile("uplot.css") };
  const names = Object.values(BUNDLES).flatMap((bundle) => Object.keys(bundle.packages)).sort();
  const packages = names.map((name) => readPackage(work, name));
  const list = packages.map(({ text, ...rest }) => rest);
  writeFileSync(join(folder, "vendor.json"), JSON.stringify({ builder: BUILDER, packages: list, files }, null, 2) + "\n");
  return packages;
}

function writeLicenses(packages) {
  const groups = new Map(); // the text of a licence -> the packages with this text
  for (const { name, version, license, text } of packages) {
    const key = text || `The package says: ${license}.`;
    groups.set(key, [...(groups.get(key) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...groups].map(([text, names]) => `## ${names.join(", ")}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  const head = "# Licences of the vendored libraries\n\n`rebuild.mjs` writes this file.\n\n";
  writeFileSync(join(folder, "LICENSES.md"), head + parts.join("\n"));
}

const work = mkdtempSync(join(tmpdir(), "vendor-"));
try {
  installPackages(work);
  for (const [name, bundle] of Object.entries(BUNDLES)) buildBundle(work, name, bundle);
  copyFileSync(join(work, "node_modules/uplot/dist/uPlot.min.css"), join(folder, "uplot.css"));
  writeLicenses(describeFiles(work));
} finally {
  rmSync(work, { recursive: true });
}
