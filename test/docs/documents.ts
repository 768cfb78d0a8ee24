import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const PROJECT = join(import.meta.dirname, "../..");

/** A fenced block of a document. */
export interface Block {
  /** Path of the document within the project, and the line that the block begins on. */
  readonly at: string;
  /** The word behind the fence; empty where there is none. */
  readonly language: string;
  readonly text: string;
}

/** Everything that people read, by path within the project. */
export function documents(): readonly string[] {
  const found = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...below("docs"), ...below("examples")];
  return found.filter((name) => name.endsWith(".md"));
}

export function read(name: string): string {
  return readFileSync(join(PROJECT, name), "utf8");
}

/** Files below a folder of the project, at any depth, by path within the project. */
export function below(folder: string): string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(PROJECT, join(entry.parentPath, entry.name)));
}

export function blocksOf(name: string): Block[] {
  const text = read(name);
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ 1: language = "", 2: content = "", index }) => ({
    at: `${name}:${text.slice(0, index).split("\n").length}`,
    language,
    text: content,
  }));
}

/** The text without its fenced blocks. */
export function proseOf(name: string): string {
  return read(name).replace(/^```\w*\n[\s\S]*?^```$/gm, "");
}
