import { expect, test } from "vitest";
import { hashesIn } from "../../host/checksum-list.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];
const found = (text: string) => Object.fromEntries([...hashesIn(text)].map(([name, hashes]) => [name, [...hashes]]));

test("reads what sha256sum writes, in text and binary mode, with or without folders", () => {
  expect(found(`${A}  node.tar.gz\n${B} *win-x64/node.exe\r\n`)).toEqual({ "node.tar.gz": [A], "node.exe": [B] });
});

test("has every hash of a name that comes twice", () => {
  expect(found(`${A}  x\n${B}  x\n${A}  x\n`)).toEqual({ x: [A, B] });
});

test("reads the archives of a channel of Rust, and mixes no two sections", () => {
  const text = [
    "[pkg.rust.target.x]",
    'url = "https://static.rust-lang.org/dist/2024-07-25/rust-x.tar.gz"',
    `hash = "${B}"`,
    'xz_url = "https://static.rust-lang.org/dist/2024-07-25/rust-x.tar.xz"',
    `xz_hash = "${A}"`,
    "[pkg.other]",
    `xz_hash = "${B}"`,
  ].join("\n");
  expect(found(text)).toEqual({ "rust-x.tar.xz": [A] });
});

test("takes nothing else for a hash", () => {
  expect(found(`${A}\n${A.slice(1)}  x\nSHA256 (x) = ${A}\n# ${A}  x\n${A}  two words\n`)).toEqual({});
});
