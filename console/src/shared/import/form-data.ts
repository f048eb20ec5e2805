/** Return a function that writes a file and the fields beside it as a form. The fields come first. */
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
