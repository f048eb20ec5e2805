/** Return a function that makes a form of the fields and the file. The fields come first. */
export function formOf(file: File, fields: Record<string, string | undefined>) {
  return (): FormData => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined && value !== "") form.append(name, value);
    }
    form.append("file", file);
    return form;
  };
}
