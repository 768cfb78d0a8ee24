import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { listedNames } from "../../../providers/aur/rpc.ts";

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that gives this answer to every question. @returns its address, and the questions */
async function serving(answer: (names: readonly string[]) => unknown): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const names = new URL(request.url ?? "", "http://aur").searchParams.getAll("arg[]");
    const body = answer(names);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((ready) => server?.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const multiinfo = (results: readonly unknown[]) => ({ version: 5, type: "multiinfo", resultcount: 1, results });
const entry = (Name: string, more = {}) => ({ Name, PackageBase: Name, Maintainer: "m", OutOfDate: null, ...more });

it("asks about many names in few questions, none longer than the AUR takes", async () => {
  const { url, asked } = await serving((names) => multiinfo(names.map((name) => entry(name))));
  const names = Array.from({ length: 300 }, (_, index) => `some-package-with-a-name+${index}`);
  expect([...(await listedNames(url, names)).keys()]).toEqual(names);
  expect(asked.length).toBeLessThan(6);
  expect(Math.max(...asked.map((question) => question.length))).toBeLessThan(4443);
  expect((await listedNames(url, [])).size).toBe(0);
});

it("says whether anybody looks after a package, and whether it is out of date", async () => {
  const { url } = await serving(() => multiinfo([entry("a", { Maintainer: null, OutOfDate: 1 }), entry("b")]));
  const found = await listedNames(url, ["a", "b", "c"]);
  expect([...found.values()]).toEqual([
    { name: "a", base: "a", orphaned: true, outOfDate: true },
    { name: "b", base: "b", orphaned: false, outOfDate: false },
  ]);
});

it.each([
  ["an error", { version: 5, type: "error", error: "Too many package results." }, "Too many package results"],
  ["no list", { version: 5, type: "multiinfo" }, "none of version 5"],
  ["a name that climbs", multiinfo([entry("../x")]), "cannot be"],
  ["a base like an option", multiinfo([entry("x", { PackageBase: "--upload-pack=id" })]), "cannot be"],
  ["nothing", null, "none of version 5"],
  ["no JSON", "<html>", "could not be asked"],
])("refuses an answer that is %s", async (_, answer, words) => {
  const { url } = await serving(() => answer);
  await expect(listedNames(url, ["x"])).rejects.toMatchObject({
    code: "aur-unreachable",
    exit: "unreachable",
    message: expect.stringContaining(words),
  });
});
