import { parse, stringify } from "@iarna/toml";
import fc from "fast-check";
import { expect, test } from "vitest";
import { indexToml, pathKey } from "../../../schema/files/toml-index.ts";

const TEXT = `# comment
a = 1
"b c".d = """
x = 1
[no.table] \\""" "" """"
'e' = '''
y = 2 '''
[f.g] # comment
h = [ "]", '#',
  { i = 1 }, # ]
]
j . k = { l = 2, m = [3] }
[[n]]
o = 1
[n.p]
q = 1
[[n]]
o = 2
"r\\u0041" = 2026-11-15
`;

test("finds keys at their lines", () => {
  const found = [...indexToml(TEXT).keys].map(([path, { key }]) => [
    (JSON.parse(path) as string[]).join("/"),
    TEXT.slice(0, key).split("\n").length,
  ]);
  expect(found).toEqual([
    ["a", 2],
    ["b c", 3],
    ["b c/d", 3],
    ["e", 6],
    ["f", 8],
    ["f/g", 8],
    ["f/g/h", 9],
    ["f/g/j", 12],
    ["f/g/j/k", 12],
    ["n", 13],
    ["n/0", 13],
    ["n/0/o", 14],
    ["n/0/p", 15],
    ["n/0/p/q", 16],
    ["n/1", 17],
    ["n/1/o", 18],
    ["n/1/rA", 19],
  ]);
});

test("values begin after the sign", () => {
  const text = 'a   =  "x"\n';
  expect(indexToml(text).keys.get(pathKey(["a"]))).toEqual({ key: 0, value: 7 });
});

const key = fc.oneof(fc.stringMatching(/^[a-z_-]{1,5}$/), fc.string({ minLength: 1, maxLength: 6 }));
const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.string(), fc.array(fc.string(), { maxLength: 3 }));
const table = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf)))));

test("knows every key of what the library wrote, and no other", () => {
  fc.assert(
    fc.property(table, (value) => {
      const text = stringify(value);
      const known = [...indexToml(text).keys.keys()];
      expect(known.toSorted()).toEqual(pathsOf(parse(text), []).toSorted());
    }),
  );
});

function pathsOf(value: object, path: readonly string[]): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const below = typeof inner === "object" && !Array.isArray(inner) ? pathsOf(inner, [...path, name]) : [];
    return [pathKey([...path, name]), ...below];
  });
}

test("any text has an index", () => {
  const text = fc.array(fc.constantFrom("a", ".", "=", '"', "'", '"""', "[", "]", "{", "}", "#", "\n", "\\", " "));
  fc.assert(
    fc.property(text, (parts) => {
      expect(indexToml(parts.join("")).depth).toBeLessThanOrEqual(parts.length);
    }),
  );
});
