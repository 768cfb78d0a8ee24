declare module "@aml-org/amf-custom-validator" {
  type Callback = (result: string | undefined, error: Error | undefined) => void;
  export function initialize(done: (error: Error | undefined) => void): void;
  export function validate(profile: string, data: string, debug: boolean, done: Callback): void;
}
