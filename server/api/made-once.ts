// What is the same until the server ends and takes long to make, such as all schemas: made when somebody asks first.
export function madeOnce<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
