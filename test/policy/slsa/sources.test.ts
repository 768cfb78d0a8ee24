import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { besideArtifact } from "../../../policy/slsa/sources/beside.ts";
import { githubAttestations } from "../../../policy/slsa/sources/github.ts";
import { rekorEntries } from "../../../policy/slsa/sources/rekor.ts";
import { openTrust } from "../../../policy/slsa/trust/open.ts";
import { checkBundle } from "../../../policy/slsa/verify.ts";
import type { BundleAnswer, BundleSource } from "../../../schema/model/provenance.ts";
import { createSigstoreLab, type SigstoreLab } from "../../support/sigstore-lab.ts";
import { artifactOf } from "../samples.ts";

const BYTES = Buffer.from("the bytes");
const SHA = createHash("sha256").update(BYTES).digest("hex");

let folder: string;
let lab: SigstoreLab;
let server: Server;
let url: string;
/** Answers by `METHOD path`; what is not named is a 404. */
let answers: Record<string, (response: ServerResponse) => void>;
let asked: { readonly what: string; readonly body: string }[];

const json = (value: unknown) => (response: ServerResponse) => response.end(JSON.stringify(value));
const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "omg-sources-"));
  writeFileSync(join(folder, "tool"), BYTES);
  lab = await createSigstoreLab();
  writeFileSync(join(folder, "trusted_root.json"), lab.trustedRoot);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  asked = [];
  answers = {};
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const what = `${request.method} ${request.url}`;
      asked.push({ what, body });
      (answers[what] ?? status(404))(response);
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const ask = (source: BundleSource, repositories: readonly string[] = [], urls: readonly string[] = []) =>
  source(
    { artifact: artifactOf("tool", { sha256: SHA, urls }), required: true, repositories },
    new AbortController().signal,
  );
const verdictOf = async (answer: BundleAnswer | undefined) => {
  if (answer?.type !== "found") throw new Error(`not found: ${JSON.stringify(answer)}`);
  const trust = await openTrust([{ given: folder, kept: join(folder, "none") }]);
  const found = await Promise.all(
    answer.bundles.map((bytes) => checkBundle(bytes, { sha256: SHA, path: join(folder, "tool") }, trust)),
  );
  return found.map(({ code }) => code);
};
const bundle = () => lab.attest({ name: "tool", bytes: BYTES });

describe("beside the artifact", () => {
  it("the first mirror that has it is enough, and none is asked after it", async () => {
    answers["GET /b/tool.sigstore.json"] = json(await bundle());
    const [found, ...more] = await ask(besideArtifact, [], [`${url}/a/tool`, `${url}/b/tool`, `${url}/c/tool`]);
    expect(await verdictOf(found)).toEqual(["provenance-valid"]);
    expect(more).toEqual([]);
    expect(asked.map(({ what }) => what)).toEqual(["GET /a/tool.sigstore.json", "GET /b/tool.sigstore.json"]);
  });

  it("a mirror that keeps it back does not speak for one that cannot be asked", async () => {
    answers["GET /b/tool.sigstore.json"] = status(403);
    const types = (await ask(besideArtifact, [], [`${url}/a/tool`, `${url}/b/tool`])).map(({ type }) => type);
    expect(types).toEqual(["absent", "unknown"]);
  });

  it("in a folder, and before a query", async () => {
    writeFileSync(join(folder, "tool.sigstore.json"), JSON.stringify(await bundle()));
    const local = pathToFileURL(join(folder, "tool")).href;
    expect(await verdictOf((await ask(besideArtifact, [], [local]))[0])).toEqual(["provenance-valid"]);
    expect((await ask(besideArtifact, [], [pathToFileURL(join(folder, "other")).href]))[0]?.type).toBe("absent");
    await ask(besideArtifact, [], [`${url}/tool?key=1`]);
    expect(asked.map(({ what }) => what)).toEqual(["GET /tool.sigstore.json?key=1"]);
  });

  it("a login of the address is not told on", async () => {
    answers["GET /tool.sigstore.json"] = status(401);
    const [answer] = await ask(besideArtifact, [], [url.replace("http://", "http://ann:secret@").concat("/tool")]);
    expect(JSON.stringify(answer)).not.toContain("secret");
  });
});

describe("GitHub's attestations", () => {
  const path = (repository: string) => `GET /repos/${repository}/attestations/sha256:${SHA}?per_page=32`;
  const source = () => githubAttestations(`${url}/`);

  it("of the repositories that are named word for word, by hash and nothing else", async () => {
    answers[path("acme/tools")] = json({ attestations: [{ bundle: await bundle() }, { bundle: null }] });
    const found = await ask(source(), ["https://github.com/acme/tools", "https://gitlab.com/acme/tools"]);
    expect(await verdictOf(found[0])).toEqual(["provenance-valid"]);
    expect(asked).toEqual([{ what: path("acme/tools"), body: "" }]);
  });

  it.each([["https://github.com/acme/../etc"], ["https://github.com/acme/tools/x"], ["https://github.com/a%2f/b"]])(
    "%s is no repository to ask for",
    async (repository) => {
      expect(await ask(source(), [repository])).toEqual([]);
      expect(asked).toEqual([]);
    },
  );

  it.each<[string, (response: ServerResponse) => void, string]>([
    ["none", json({ attestations: [] }), "absent"],
    ["no such repository", status(404), "absent"],
    ["a rate limit", status(403), "unknown"],
    ["too many requests", status(429), "unknown"],
    ["a page", (response) => response.end("<html>"), "unknown"],
    ["something else", json({ message: "hello" }), "unknown"],
    ["bundles kept elsewhere", json({ attestations: [{ bundle: null, bundle_url: "https://x" }] }), "unknown"],
  ])("%s", async (_, answer, type) => {
    answers[path("acme/tools")] = answer;
    const [found] = await ask(source(), ["https://github.com/acme/tools"]);
    expect(found?.type).toBe(type);
    expect(JSON.stringify(found)).toContain(url);
  });
});

describe("the transparency log", () => {
  const search = "POST /api/v1/index/retrieve";
  const entry = (id: string) => `GET /api/v1/log/entries/${id}`;
  const source = () => rekorEntries(url);

  it("gives an entry that keeps its statement, and a bundle is made of it that verifies", async () => {
    const { id, answer } = await lab.logged({ name: "tool", bytes: BYTES });
    answers[search] = json([id]);
    answers[entry(id)] = json(answer);
    expect(await verdictOf((await ask(source()))[0])).toEqual(["provenance-valid"]);
    expect(asked[0]).toEqual({ what: search, body: JSON.stringify({ hash: `sha256:${SHA}` }) });
  });

  it("of an entry that was changed, no bundle verifies", async () => {
    const { id, answer } = await lab.logged({ name: "tool", bytes: BYTES });
    answer[id].attestation.data = Buffer.from(
      Buffer.from(answer[id].attestation.data, "base64").toString().replace("acme/tools", "acme/evil0"),
    ).toString("base64");
    answers[search] = json([id]);
    answers[entry(id)] = json(answer);
    expect(await verdictOf((await ask(source()))[0])).toEqual(["log-entry-bad"]);
  });

  it("an entry that keeps no statement is none", async () => {
    const { id, answer } = await lab.logged({ name: "tool", bytes: BYTES });
    delete answer[id].attestation;
    answers[search] = json([id]);
    answers[entry(id)] = json(answer);
    expect((await ask(source())).map(({ type }) => type)).toEqual(["absent"]);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ["nothing", json([]), "absent"],
    ["500", status(500), "unknown"],
    ["a page", (response) => response.end("<html>"), "unknown"],
    ["something else", json({ code: 1 }), "unknown"],
    ["ids that are none", json(["../../etc/passwd"]), "absent"],
    ["a redirect", (response) => response.writeHead(307, { location: `${url}/elsewhere` }).end(), "unknown"],
  ])("that answers %s", async (_, answer, type) => {
    answers[search] = answer;
    expect((await ask(source())).map((each) => each.type)).toEqual([type]);
    expect(asked.every(({ what }) => what === search)).toBe(true);
  });

  it("that answers rubbish for an entry", async () => {
    const id = "a".repeat(64);
    answers[search] = json([id]);
    answers[entry(id)] = json({ [id]: { body: "!" } });
    expect((await ask(source())).map(({ type }) => type)).toEqual(["unknown"]);
  });
});
