/*
 * Find what stands at each place of a config: which key or value, and its path, such as
 * ["model", 0, "conv", "filters"]. The text may be incomplete, because somebody is typing it.
 *
 * Why not the syntax tree of CodeMirror: it loses the structure of a mapping as soon as one line of
 * it has no colon yet, which is exactly the moment when a completion is wanted.
 */

const MARKER = "\uE000"; // a private letter, which stands for the cursor

/**
 * @typedef {{path: (string|number)[], role: "key"|"value", from: number, to: number, text: string}} Token
 * A key (the path ends with the key itself) or a value (the path leads to it); `from` and `to` are
 * offsets in the text.
 */

/** List the keys and the values of a YAML text, in their order: Token[]. */
export function listTokens(text) {
  return new Scanner(text).scan();
}

/**
 * Find the token that one is typing at an offset.
 * Returns {path, role, from, to} or null, inside a comment for example. The token may be empty.
 */
export function findTypedToken(text, offset) {
  const tokens = listTokens(text.slice(0, offset) + MARKER + text.slice(offset));
  const token = tokens.find((one) => one.text.includes(MARKER));
  if (!token) return null;
  const path = token.path.map((key) => (typeof key === "string" ? key.replace(MARKER, "") : key));
  return { path, role: token.role, from: token.from, to: token.to - 1 };
}

/** Find the token around an offset, or null. */
export function findTokenAt(text, offset) {
  return listTokens(text).find((one) => one.from <= offset && offset < one.to) ?? null;
}

/**
 * Count the spaces with which the line after `line` begins: as many as before, or more after `key:`.
 * So a new layer starts below the dash of the layer before.
 */
export function findIndent(line) {
  const [, spaces, dash, body] = /^( *)(- +)?(.*?) *(?:#.*)?$/.exec(line);
  return body.endsWith(":") ? spaces.length + (dash ?? "").length + 2 : spaces.length;
}

class Scanner {
  constructor(text) {
    this.text = text;
    this.place = 0;
    this.tokens = [];
    // The open mappings and lists, outermost first: {kind, indent, path, last: path, count}.
    this.open = [];
  }

  scan() {
    while (this.place < this.text.length) {
      const start = this.place;
      this.skipSpaces();
      if (!this.isAtEndOfLine()) this.scanLine(this.place - start);
      this.skipLine();
    }
    return this.tokens;
  }

  /** Scan one line, whose first letter is in this column. */
  scanLine(column) {
    while (this.open.length && this.open.at(-1).indent > column) this.open.pop();
    const top = this.open.at(-1);
    if (top?.kind === "list" && top.indent === column && !this.isAtDash()) this.open.pop();
    let path = this.findPathOfLine(column);
    while (this.isAtDash()) {
      path = this.openList(column, path);
      const dash = this.place;
      this.place += 1;
      this.skipSpaces();
      column += this.place - dash;
    }
    if (this.isAtEndOfLine()) return;
    if ("{[".includes(this.text[this.place])) {
      this.scanFlow(path);
    } else {
      this.scanEntry(column, path);
    }
  }

  findPathOfLine(column) {
    const top = this.open.at(-1);
    if (!top) return [];
    const isListOfKey = top.kind === "mapping" && this.isAtDash(); // a list may have the indent of its key
    return top.indent < column || isListOfKey ? top.last : top.path;
  }

  openList(column, path) {
    let top = this.open.at(-1);
    if (top?.kind !== "list" || top.indent !== column) {
      top = { kind: "list", indent: column, path, count: 0 };
      this.open.push(top);
    }
    top.last = [...top.path, top.count];
    top.count += 1;
    return top.last;
  }

  /** Scan `key: value`, or a value alone. */
  scanEntry(column, path) {
    const word = this.readScalar(false);
    const top = this.open.at(-1);
    const isInMapping = top?.kind === "mapping" && top.indent === column;
    if (!this.isAtColon()) {
      // A line without a colon between the keys of a mapping is a key that is not complete yet.
      this.addToken(word, isInMapping ? "key" : "value", isInMapping ? [...top.path, word.text] : path);
      return;
    }
    const mapping = isInMapping ? top : { kind: "mapping", indent: column, path };
    if (!isInMapping) this.open.push(mapping);
    mapping.last = [...mapping.path, word.text];
    this.addToken(word, "key", mapping.last);
    this.place += 1;
    this.skipSpaces();
    if (this.isAtEndOfLine()) return;
    if ("{[".includes(this.text[this.place])) this.scanFlow(mapping.last);
    else this.addToken(this.readScalar(false), "value", mapping.last);
  }

  /** Scan a mapping in braces or a list in brackets, over several lines if necessary. */
  scanFlow(path) {
    const isList = this.text[this.place] === "[";
    this.place += 1;
    for (let index = 0; this.skipBlanks(); ) {
      const letter = this.text[this.place];
      if ("}]".includes(letter)) {
        this.place += 1;
        return;
      }
      if (letter === ",") {
        index += 1;
        this.place += 1;
      } else if ("{[".includes(letter)) {
        this.scanFlow(isList ? [...path, index] : path);
      } else {
        this.scanFlowEntry(isList ? [...path, index] : path, isList);
      }
    }
  }

  scanFlowEntry(path, isInList) {
    const word = this.readScalar(true);
    const key = [...path, word.text];
    this.skipBlanks();
    if (!this.isAtColon()) {
      this.addToken(word, isInList ? "value" : "key", isInList ? path : key);
      return;
    }
    this.addToken(word, "key", key);
    this.place += 1;
    if (!this.skipBlanks() || ",}]".includes(this.text[this.place])) return;
    if ("{[".includes(this.text[this.place])) this.scanFlow(key);
    else this.addToken(this.readScalar(true), "value", key);
  }

  /** Read a word, plain or in quotes; in flow, commas and brackets end it. At least one letter. */
  readScalar(isFlow) {
    const from = this.place;
    const quote = this.text[from];
    if (quote === '"' || quote === "'") {
      const end = this.text.slice(from + 1).search(new RegExp(`${quote}|\n`));
      this.place = end < 0 ? this.text.length : from + end + 2;
      if (this.text[this.place - 1] === "\n") this.place -= 1;
      const to = this.place;
      this.skipSpaces();
      return { from, to, text: this.text.slice(from, to).replaceAll(quote, "") };
    }
    this.place += 1;
    while (this.place < this.text.length && !this.isAtEndOfScalar(isFlow)) this.place += 1;
    const text = this.text.slice(from, this.place).trimEnd();
    return { from, to: from + text.length, text };
  }

  isAtEndOfScalar(isFlow) {
    const letter = this.text[this.place];
    if (letter === "\n" || this.isAtColon()) return true;
    if (isFlow && ",[]{}".includes(letter)) return true;
    return letter === "#" && " \t".includes(this.text[this.place - 1]);
  }

  addToken({ from, to, text }, role, path) {
    this.tokens.push({ path, role, from, to, text });
  }

  isAtDash() {
    return this.text[this.place] === "-" && /^-([ \n]|$)/.test(this.text.slice(this.place, this.place + 2));
  }

  isAtColon() {
    return this.text[this.place] === ":" && /^:([\s,[\]{}]|$)/.test(this.text.slice(this.place, this.place + 2));
  }

  isAtEndOfLine() {
    return this.place >= this.text.length || "\n#".includes(this.text[this.place]);
  }

  skipSpaces() {
    while (this.text[this.place] === " ") this.place += 1;
  }

  skipLine() {
    const end = this.text.indexOf("\n", this.place);
    this.place = end < 0 ? this.text.length : end + 1;
  }

  /** Skip blanks, line breaks and comments; false at the end of the text. */
  skipBlanks() {
    while (this.place < this.text.length) {
      if (/\s/.test(this.text[this.place])) this.place += 1;
      else if (this.text[this.place] === "#") this.skipLine();
      else return true;
    }
    return false;
  }
}
