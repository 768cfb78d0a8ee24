import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forEachStanza, parseStanza, parseStanzas, stanzasOf } from "../../host/deb822.ts";

describe("control data", () => {
  test("fields in any case, continuation lines verbatim, comments and extra empty lines left out", () => {
    const text =
      "\n\n# head\nPackage: a\nDepends: b,\n# why\n c (>= 1)\n .\n\n\n# only a comment\n\nPACKAGE:  d \nEmpty:\n";
    const [first, second, third] = stanzasOf(text);
    expect(first?.get("PACKAGE")).toBe("a");
    expect(first?.get("depends")).toBe("b,\n c (>= 1)\n .");
    expect(first?.get("Depend")).toBeUndefined();
    expect(second?.get("package")).toBe("d");
    expect(second?.get("Empty")).toBe("");
    expect(third).toBeUndefined();
    expect([first?.line(), second?.line()]).toEqual([4, 13]);
  });

  test("a name is not found inside another name, a value or a continuation", () => {
    const stanza = stanzasOf("Pre-Depends: x\nDescription: y\n Depends: no\nDepends: z\n")[0];
    expect(stanza?.get("Depends")).toBe("z");
  });

  test("carriage returns, a missing last newline, no stanza, and bytes that are not ASCII", () => {
    expect(parseStanzas("A: 1\r\n\r\nA: 2\r\nB: ä").map((each) => each.get("a"))).toEqual(["1", "2"]);
    expect(parseStanza("B: ä\n c ö").get("b")).toBe("ä\n c ö");
    expect(parseStanzas("")).toEqual([]);
    expect(parseStanzas("\n# x\n")).toEqual([]);
  });

  test("a line that is no field is told", () => {
    expect(stanzasOf("A: 1\nnonsense\nB: 2\n")[0]?.malformed()).toBe("nonsense");
    expect(stanzasOf("A: 1\n b\n# c\n")[0]?.malformed()).toBeUndefined();
    expect(stanzasOf(" lost: 1\nA: 1\n")[0]?.malformed()).toBe(" lost: 1");
  });

  test("the walk ends when the visitor says so", () => {
    let seen = 0;
    forEachStanza("A: 1\n\nA: 2\n\nA: 3\n", () => ++seen < 2);
    expect(seen).toBe(2);
  });

  test("what is written is read", () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
    const line = fc.stringMatching(/^[!-"$-~é][ -~é]{0,20}$/).map((text) => text.trim());
    const value = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join("\n "));
    const fields = fc.uniqueArray(fc.tuple(name, value), {
      minLength: 1,
      maxLength: 6,
      selector: ([each]) => each.toLowerCase(),
    });
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 5 }), (stanzas) => {
        const text = stanzas.map((each) => each.map(([key, content]) => `${key}: ${content}\n`).join("")).join("\n\n");
        expect(stanzasOf(text).map((each) => each.fields())).toEqual(stanzas);
        for (const [index, stanza] of stanzasOf(text).entries())
          for (const [key, content] of stanzas[index] ?? []) expect(stanza.get(key.toUpperCase())).toBe(content);
      }),
    );
  });
});
