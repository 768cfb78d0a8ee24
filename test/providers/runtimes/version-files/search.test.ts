import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askedFor, searchVersions } from "../../../../providers/runtimes/version-files/search.ts";
import { BUN, GO, RUST } from "./cases/go-rust-bun.ts";
import { LISTS } from "./cases/lists.ts";
import { NODE } from "./cases/node.ts";
import { PACKAGE_JSON } from "./cases/package-json.ts";
import { JAVA, PYTHON, RUBY } from "./cases/python-ruby-java.ts";
import { outcome, readerOf, shown } from "./table.ts";

const TABLES = { NODE, PACKAGE_JSON, PYTHON, RUBY, JAVA, GO, RUST, BUN, LISTS };

describe("which version a folder asks for", () => {
  describe.each(Object.entries(TABLES))("%s", (_name, table) => {
    it.each(table.map(([source, files, ...expected]) => ({ source, files, expected })))("$source: $files", (one) => {
      expect(outcome(one.files)).toEqual(one.expected.toSorted());
    });
  });

  it("is a table of at least 200 cases, each another, each with its source", () => {
    const all = Object.values(TABLES).flat();
    expect(new Set(all.map(([, files]) => JSON.stringify(files))).size).toBeGreaterThanOrEqual(200);
    expect(all.filter(([source]) => !/[a-z]/i.test(source))).toEqual([]);
  });

  it("takes what the omg.lock of a folder says before its other files, and not before a closer folder's", () => {
    const entry = { tool: "node", line: 4, requests: ["22.1.0"] };
    const reader = {
      ...readerOf({ "a/.nvmrc": "18\n" }),
      lock: (folder: string) => (folder === "/w/a" ? { path: "/w/a/omg.lock", entries: [entry] } : undefined),
    };
    expect([...searchVersions("/w/a/b", reader).values()].map(shown)).toEqual(["node 22.1.0 (/a/omg.lock:4)"]);
    const closer = { ...reader, ...readerOf({ "a/b/.nvmrc": "18\n" }), lock: reader.lock };
    expect([...searchVersions("/w/a/b", closer).values()].map(shown)).toEqual(["node 18 (.nvmrc:1)"]);
  });

  it("says of a file that cannot be read that it might have named the tool", () => {
    const base = readerOf({ ".tool-versions": "node 18\nruby 3.3.0\n" });
    const unread = (name: string) => ({
      ...base,
      read: (path: string) => (path === `/w/a/b/${name}` ? { fault: "it belongs to another user" } : base.read(path)),
    });
    const found = searchVersions("/w/a/b", unread(".nvmrc"));
    expect(askedFor(found, "node")).toMatchObject({ fault: "it belongs to another user", path: "/w/a/b/.nvmrc" });
    expect(askedFor(found, "ruby")).toMatchObject({ requests: ["3.3.0"] });
    const any = searchVersions("/w/a/b", unread(".tool-versions"));
    expect(askedFor(any, "ruby")).toMatchObject({ fault: "it belongs to another user" });
  });

  it("reads each file of a tree at most once, and only what has one of the names", () => {
    const seen: string[] = [];
    searchVersions("/w/a/b", { read: (path) => void seen.push(path) as undefined, lock: () => undefined });
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((path) => path.startsWith("/w/a/b/"))).toContain("/w/a/b/.config/mise/config.toml");
  });

  it("never throws, and never lets a path or a control character through as a version", () => {
    const names = [
      ".nvmrc",
      ".node-version",
      "package.json",
      ".python-version",
      "go.mod",
      "rust-toolchain",
      ".ruby-version",
    ];
    const more = [
      ".java-version",
      ".sdkmanrc",
      ".bun-version",
      ".tool-versions",
      "mise.toml",
      "rust-toolchain.toml",
      "go.work",
    ];
    const piece = fc.constantFrom(
      "node ",
      "20",
      "..",
      "/",
      "\n",
      "#",
      "=",
      "[tools]\n",
      '"',
      "{",
      "}",
      ":",
      "go ",
      "\u001b[2J",
      "\u0000",
      "é",
      "lts/*",
      "path:",
      "ref:",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(piece, { maxLength: 12 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names, ...more), text, (name, content) => {
        for (const { requests } of searchVersions("/w/a/b", readerOf({ [`a/b/${name}`]: content })).values())
          for (const request of requests) {
            expect(request).not.toMatch(/\p{Cc}/u);
            if (!/^(?:path|ref):/.test(request)) expect(request).not.toMatch(/\.\.|\/(?![a-z*-])/);
          }
      }),
      { numRuns: 2000 },
    );
  });
});
