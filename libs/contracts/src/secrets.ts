// What is never shown to anybody but its owner: whoever shows values by their schemas leaves out what is registered here.
import { z } from 'zod';

export const secrets = z.registry<{ readonly secret: true }>();

/** The schema of a secret. What is derived from it, by further checks or a description, is one too. */
export const secret = (schema: z.ZodString): z.ZodString => schema.register(secrets, { secret: true });
