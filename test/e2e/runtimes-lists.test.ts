import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRuntimeLab, type RuntimeLab } from "../support/runtime-lab.ts";

const RELEASES = "/github/repos/oven-sh/bun/releases";
const LIST = ["list", "bun", "--available", "--names"] as const;

describe("lists of versions", () => {
  let lab: RuntimeLab;
  const release = (version: string) => ({
    tag_name: `bun-v${version}`,
    assets: ["x64", "aarch64"].map((arch) => ({ name: `bun-linux-${arch}.zip`, size: 1 })),
  });
  const hundred = Array.from({ length: 100 }, (_, index) => release(`1.2.${100 - index}`));

  beforeAll(async () => {
    lab = await createRuntimeLab();
    const { url } = lab.server;
    lab.trust("java");
    lab.config(
      `[runtimes]\ngithub = "${url}/github"\n[runtimes.java]\nmirror = "${url}/java"\nkeys = false\n[runtimes.bun]\nmirror = "${url}/bun"\n`,
    );
  });
  afterAll(() => lab.dispose());

  it("on GitHub are read to their end, however many answers they take", async () => {
    lab.server.files.set(RELEASES, JSON.stringify(hundred));
    lab.server.files.set(`${RELEASES}?per_page=100&page=2`, JSON.stringify([release("1.1.9"), release("1.0.0")]));
    const listed = (await lab.expect(0, ...LIST)).stdout.trim().split("\n");
    expect([listed.length, listed[0], listed.at(-1)]).toEqual([102, "1.2.100", "1.0.0"]);
    expect(lab.server.requests).toEqual([`${RELEASES} 200`, `${RELEASES} 200`]);
  });

  it("are asked for again by their tags", async () => {
    await lab.expect(0, ...LIST);
    expect(lab.server.requests.slice(2)).toEqual([`${RELEASES} 304`, `${RELEASES} 304`]);
  });

  it("are asked for with no token but the one that is for this server, and one that it does not take is explained", async () => {
    const own = { GITHUB_TOKEN: "for-github-alone", GH_TOKEN: "for-github-too" };
    await lab.omg(LIST, { env: own });
    expect(lab.server.asked.get(RELEASES)?.authorization).toBeUndefined();
    lab.server.files.set(RELEASES, { status: 401 });
    const ran = await lab.omg(LIST, { env: { ...own, OMG_GITHUB_TOKEN: "an-old-one" } });
    expect(lab.server.asked.get(RELEASES)?.authorization).toBe("Bearer an-old-one");
    expect([ran.code, ran.stderr]).toEqual([8, expect.stringContaining("renew it, or unset it")]);
    expect(ran.stderr).not.toContain("an-old-one");
  });

  it("of a line of Java that is not built for this machine yet leave the line before as the latest", async () => {
    const { files, url } = lab.server;
    const link = `${url}/java/jdk.tar.gz`;
    const item = {
      name: "OpenJDK25U-jdk_linux_hotspot_25.0.1_8.tar.gz",
      link,
      size: 1,
      checksum: "1".repeat(64),
      signature_link: `${link}.sig`,
    };
    const data = { major: 25, minor: 0, security: 1, build: 8 };
    files.set("/java/v3/info/available_releases", '{"available_releases":[25,26],"available_lts_releases":[25]}');
    files.set("/java/v3/assets/feature_releases/26/ga", "[]");
    files.set(
      "/java/v3/assets/feature_releases/25/ga",
      JSON.stringify([{ version_data: data, binaries: [{ package: item }] }]),
    );
    files.set("/java/jdk.tar.gz.sig", "not looked at before it is installed");
    await lab.expect(0, "use", "java", "latest", "--no-apply");
    expect(readFileSync(join(lab.project, "omg.lock"), "utf8")).toContain('java: { version: "25.0.1+8"');
  });

  it("are not asked for where the lock is named twice, or is not there to take anything out of", async () => {
    const ran = await lab.expect(1, "use", "java", "25", "--global", "--lock", "other.lock");
    expect(ran.stderr).toContain("--global is about your own lock, and --lock names another.");
    const none = await lab.expect(1, "use", "java", "none", "--lock", "other.lock");
    expect(none.stderr.replace(/\s+/g, " ")).toContain("other.lock to take java out of.");
    expect(existsSync(join(lab.project, "other.lock"))).toBe(false);
  });
});
