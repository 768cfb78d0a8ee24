import { canonical } from "../../host/canonical-json.ts";
import { type BundleManifest, bundleSchema } from "../../schema/wire/bundle-schema.ts";
import { type HostKey, hostSigned } from "../host-key.ts";
import { damaged, refusal } from "./errors.ts";
import { faultOfFiles } from "./paths.ts";

export const MANIFEST = "manifest.json";
export const SIGNATURE = "manifest.sig";
/** Bytes. */
export const LARGEST_MANIFEST = 8 << 20;
/** 64 bytes in base64, and a line's end. */
export const SIGNATURE_SIZE = 89;

/** A manifest and its signature as they stand in a bundle. */
export function writtenManifest(manifest: BundleManifest, key: HostKey): readonly [Buffer, Buffer] {
  return [Buffer.from(`${canonical(manifest)}\n`), Buffer.from(`${key.sign(manifest)}\n`)];
}

/**
 * A manifest whose own sender signed it; whether that sender counts is not asked here. There is one way to write each, so that any other byte
 * is another manifest.
 * @throws OmgError `bundle-damaged`, `bundle-unsigned`
 */
export function readManifest(bytes: Buffer, signature: Buffer): BundleManifest {
  const { data: manifest } = bundleSchema.safeParse(jsonIn(bytes));
  if (manifest === undefined) throw damaged("its manifest is of no form that this omg knows");
  if (`${canonical(manifest)}\n` !== bytes.toString("utf8")) throw damaged("its manifest is not written as omg does");
  const text = signature.toString("latin1");
  const plain = `${Buffer.from(text, "base64").toString("base64")}\n`;
  if (plain !== text || !hostSigned(manifest.from, manifest, text))
    throw refusal(
      "bundle-unsigned",
      `The bundle says that it is from ${manifest.from}, and that machine did not sign it.`,
      "Somebody changed it: do not use it, and ask whoever sent it.",
    );
  const fault = faultOfFiles(manifest.files);
  if (fault !== undefined)
    throw refusal(
      "bundle-path",
      `The bundle lists files that omg does not write: ${fault}.`,
      "Do not use it, and ask whoever sent it.",
    );
  return manifest;
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw damaged("its manifest is no JSON");
  }
}
