/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the vendor says of the built-in certificates of its models.
 */
#ifndef CERTPROV_DEVICE_MODEL_H
#define CERTPROV_DEVICE_MODEL_H

#include <stdbool.h>

/*
 * All phones of these models have one certificate in common: no MAC address in
 * its CN, and no way to a SHA-2 certificate (TLS Support, Built-in
 * Certificates). phone_type as in {phone_type}, with or without "snom" before
 * it, in any case; NULL is no such model.
 */
bool device_model_shares_certificate(const char *phone_type);

/* A line for people: "300, 320, 370, PA1 and MP". */
#define DEVICE_MODELS_SHARED "300, 320, 370, PA1 and MP"

#endif
