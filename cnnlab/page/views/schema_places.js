/*
 * Find what the JSON schema of configs says about a path such as ["model", 0, "conv", "filters"],
 * and say it shortly: which values are possible, and the default.
 */

const MINUS = "\u2212";

/**
 * List the simple schemas that a schema consists of: without $ref, allOf and anyOf at their top.
 * A description of the whole goes to each schema that has none of its own.
 */
export function listAlternatives(schema, root) {
  const { $ref, allOf, anyOf, description, ...own } = schema;
  const parts = [...(allOf ?? []), ...(anyOf ?? [])];
  if ($ref) parts.push($ref.split("/").slice(1).reduce((part, key) => part[key], root));
  if (parts.length === 0) return [schema];
  const found = parts.flatMap((part) => listAlternatives(part, root));
  const isMore = own.type || own.properties || own.enum;
  return isMore && !anyOf ? [{ ...own, description }, ...found] : found;
}

/** Find the schema of a path: {description, default, alternatives}, or null if none is known. */
export function findSchema(path, root) {
  let schemas = [root];
  let steps = path;
  if (path[0] === "blocks" && path[2] === "layers" && path.length > 3) {
    schemas = [root.definitions.layer]; // the schema leaves the layers of blocks open
    steps = path.slice(4);
  }
  for (const step of steps) {
    schemas = schemas
      .flatMap((schema) => listAlternatives(schema, root))
      .map((schema) => findChild(schema, step))
      .filter(Boolean);
  }
  if (schemas.length === 0) return null;
  return {
    description: schemas.find((schema) => schema.description)?.description ?? "",
    default: schemas.find((schema) => "default" in schema)?.default,
    alternatives: schemas.flatMap((schema) => listAlternatives(schema, root)),
  };
}

function findChild(schema, step) {
  if (typeof step === "number") return schema.items;
  const more = schema.additionalProperties;
  return schema.properties?.[step] ?? (typeof more === "object" ? more : undefined);
}

/** Say which values schemas allow, such as `same | valid | 0 … 1,024`; "" if it is too much. */
export function describeValues(alternatives) {
  const texts = alternatives.flatMap(describeAlternative);
  const different = [...new Set(texts)];
  return different.length > 8 ? "" : different.join(" | ");
}

function describeAlternative(schema) {
  if (schema.enum) return schema.enum.filter((value) => value !== null).map(String);
  if ("const" in schema) return [String(schema.const)];
  if (schema.type === "boolean") return ["true", "false"];
  if (schema.type === "integer" || schema.type === "number") return [describeRange(schema)];
  if (schema.type === "array" && schema.maxItems === 2) return ["[height, width]"];
  return [];
}

function describeRange({ type, minimum, exclusiveMinimum, maximum, exclusiveMaximum }) {
  const lowest = minimum ?? exclusiveMinimum;
  const highest = maximum ?? exclusiveMaximum;
  if (lowest === undefined && highest === undefined) return type === "integer" ? "1, 2, 3, …" : "0.1, 0.5, …";
  const from = lowest === undefined ? "" : (exclusiveMinimum === undefined ? "" : "> ") + formatNumber(lowest);
  const to = highest === undefined ? "" : (exclusiveMaximum === undefined ? "" : "< ") + formatNumber(highest);
  return `${from} … ${to}`.trim();
}

/** Format a number with commas and a real minus sign. */
export function formatNumber(number) {
  return number.toLocaleString("en-US", { maximumFractionDigits: 6 }).replace("-", MINUS);
}

/** Format a default value as it stands in YAML; "" for no value and for long ones. */
export function formatDefault(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  const text = JSON.stringify(value).replaceAll('"', "").replaceAll(",", ", ").replaceAll(":", ": ");
  return text.length > 40 || text === "{}" ? "" : text;
}
