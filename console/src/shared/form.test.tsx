import { MantineProvider, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { cleanup, render, screen } from "@testing-library/react";
import { useEffect } from "react";
import { afterEach, expect, test } from "vitest";
import { Problem } from "@/client/problem";
import { FormBanner, fieldsOf, showFieldErrors } from "./form";

afterEach(cleanup);

const PROBLEM = new Problem({
  status: 422,
  code: "invalid_request",
  detail: "Some of the input is invalid. See errors.",
  fields: {
    name: "must not be empty",
    "tags[1]": "must have at most 50 characters",
    maxPerSecond: "must be less than 1001",
  },
});

function Form() {
  const form = useForm({ initialValues: { name: "", tags: "" } });
  // biome-ignore lint/correctness/useExhaustiveDependencies: as after one answer of the API
  useEffect(() => showFieldErrors(form, PROBLEM), []);
  return (
    <MantineProvider>
      <FormBanner problem={PROBLEM} fields={fieldsOf(form)} />
      <TextInput label="Name" {...form.getInputProps("name")} />
      <TextInput label="Tags" {...form.getInputProps("tags")} />
    </MantineProvider>
  );
}

test("each error is shown once: at its field, or in the banner if the form lacks the field", () => {
  render(<Form />);
  expect(screen.getByText("must not be empty")).toBeTruthy();
  expect(screen.getByText("Entry 2: must have at most 50 characters")).toBeTruthy();
  const banner = screen.getByRole("alert");
  expect(banner.textContent).toContain("Correct the marked fields and try again.");
  expect(banner.textContent).toContain("Max per second: must be less than 1001");
  expect(banner.textContent).not.toContain("must not be empty");
  expect(banner.textContent).not.toContain("50 characters");
});

test("a banner without a list of fields shows every error", () => {
  render(
    <MantineProvider>
      <FormBanner problem={PROBLEM} />
    </MantineProvider>,
  );
  const text = screen.getByRole("alert").textContent;
  expect(text).not.toContain("marked fields");
  expect(text).toContain("Name: must not be empty");
  expect(text).toContain("Tags 2: must have at most 50 characters");
});

test("the focus moves to the first field with an error, also in a form without a form library", () => {
  render(
    <MantineProvider>
      <section>
        <FormBanner problem={PROBLEM} fields={["name"]} />
        <TextInput label="Other" />
        <TextInput label="Name" error={PROBLEM.fields.name} />
      </section>
    </MantineProvider>,
  );
  expect(document.activeElement).toBe(screen.getByLabelText("Name"));
});
