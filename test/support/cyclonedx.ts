import { Spec, Validation } from "@cyclonedx/cyclonedx-library";

/** What the strict schema of CycloneDX has against a document; null where it is valid. */
export async function strictFault(text: string, version: "1.5" | "1.6"): Promise<unknown> {
  const spec = version === "1.5" ? Spec.Version.v1dot5 : Spec.Version.v1dot6;
  return new Validation.JsonStrictValidator(spec).validate(text);
}
