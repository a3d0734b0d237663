/*
 * Say what one can write at a place of a config, and what the word under the pointer means.
 * The schema (GET /api/schema) knows all keys, kinds and values; this module joins it with a place.
 */

import { describeValues, findSchema, formatDefault } from "./schema_places.js";
import { findTokenAt, findTypedToken, listTokens } from "./yaml_places.js";

/**
 * List the words that are possible at an offset of the text.
 * Returns {from, to, options} or null. Each option is {label, kind: "key"|"value", detail, info,
 * insert, cursor}: `insert` replaces the text from `from` to `to`, and the cursor goes to the letter
 * `cursor` of it.
 */
export function listCompletions(text, offset, schema) {
  const token = findTypedToken(text, offset);
  if (!token) return null;
  const { from, to, path, role } = token;
  const hasColon = /^\s*:/.test(text.slice(to));
  const options =
    role === "key"
      ? listKeys(path.slice(0, -1), listSiblings(text, path, from), schema, hasColon)
      : [...listValues(path, schema, hasColon), ...listBlocks(text, path, schema)];
  return options.length ? { from, to, options } : null;
}

/** Keys that stand beside the key of a path already; the key at the offset itself does not count. */
function listSiblings(text, path, from) {
  const parent = JSON.stringify(path.slice(0, -1));
  return listTokens(text)
    .filter((one) => one.role === "key" && one.from !== from)
    .filter((one) => JSON.stringify(one.path.slice(0, -1)) === parent)
    .map((one) => one.text);
}

function listKeys(path, siblings, schema, hasColon) {
  const found = findSchema(path, schema)?.alternatives ?? [];
  const fitting = found
    .filter((one) => one.properties && siblings.every((key) => key in one.properties))
    .filter((one) => !(isKindMapping(one) && siblings.length)); // a layer has one kind
  return fitting.flatMap((one) =>
    Object.keys(one.properties)
      .filter((key) => !siblings.includes(key))
      .map((key) => buildKey(key, [...path, key], schema, hasColon)),
  );
}

function buildKey(key, path, schema, hasColon, before = "") {
  const { description, alternatives, default: value } = findSchema(path, schema);
  const insert = before + key + (hasColon ? "" : ": ");
  const detail = formatDefault(value) || describeValues(alternatives);
  return { label: key, kind: "key", detail, info: description, insert, cursor: insert.length };
}

/** List values, the kinds of layers for example, and the keys that a mapping as value can have. */
function listValues(path, schema, hasColon) {
  const found = findSchema(path, schema)?.alternatives ?? [];
  const words = found.flatMap(listWords);
  const options = new Map();
  const add = (option) => options.has(option.label) || options.set(option.label, option);
  for (const one of found.filter((each) => each.properties)) {
    for (const key of Object.keys(one.properties)) {
      const isWord = words.some(({ label }) => label === key); // `flatten` needs no fields
      if (isKindMapping(one)) add(buildKind(key, path, schema, isWord));
      else add(buildKey(key, [...path, key], schema, hasColon));
    }
  }
  words.forEach(add);
  if (found.some((one) => one.items)) listEntries(path, schema).forEach(add);
  return [...options.values()];
}

function listWords(schema) {
  if ("const" in schema) return [buildValue(String(schema.const), schema.description)];
  if (schema.type === "boolean") return [buildValue("true", ""), buildValue("false", "")];
  const values = (schema.enum ?? []).filter((value) => value !== null);
  return values.map((value) => buildValue(String(value), ""));
}

/** The entries that a list can have, each with its dash. */
function listEntries(path, schema) {
  return listValues([...path, 0], schema, false).map((option) => ({
    ...option,
    insert: `- ${option.insert}`,
    cursor: option.cursor + 2,
  }));
}

function isKindMapping(schema) {
  return schema.maxProperties === 1;
}

function buildValue(word, info) {
  return { label: word, kind: "value", detail: "", info: info ?? "", insert: word, cursor: word.length };
}

/** Build `flatten`, `dropout: ` for a kind with one main field, or `conv: {filters: }` with all that it requires. */
function buildKind(kind, path, schema, isWord) {
  const { description, alternatives } = findSchema([...path, kind], schema);
  if (isWord) return buildValue(kind, description);
  const fields = alternatives.find((one) => one.properties);
  const required = fields?.required ?? [];
  const isShort = !required.length || Object.keys(fields.properties).length <= 2;
  const insert = isShort ? `${kind}: ` : `${kind}: {${required.map((key) => `${key}: `).join(", ")}}`;
  const cursor = isShort ? insert.length : insert.indexOf(": ", kind.length + 2) + 2;
  return { label: kind, kind: "key", detail: "", info: description, insert, cursor };
}

/** The named blocks of the config, where a layer can stand. */
function listBlocks(text, path, schema) {
  const isLayer = findSchema(path, schema)?.alternatives.some((one) => one.const === "flatten");
  if (!isLayer) return [];
  return listTokens(text)
    .filter((one) => one.role === "key" && one.path.length === 2 && one.path[0] === "blocks")
    .map((one) => buildValue(one.text, ""));
}

/** Explain the word at an offset: {from, to, title, description, values, default}, or null. */
export function explainWord(text, offset, schema) {
  const token = findTokenAt(text, offset);
  const found = token && findSchema(token.path, schema);
  if (!found) return null;
  const { from, to } = token;
  if (token.role === "value") {
    const value = found.alternatives.find((one) => one.const === token.text);
    return value?.description
      ? { from, to, title: token.text, description: value.description, values: "", default: "" }
      : null;
  }
  if (!found.description) return null;
  return {
    ...{ from, to, title: token.text, description: found.description },
    values: describeValues(found.alternatives),
    default: formatDefault(found.default),
  };
}
