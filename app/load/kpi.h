/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The results of a run under the names of RFC 9411, "Benchmarking Methodology for Network Security
 * Device Performance". Its time to first byte and time to last byte are RS_LOAD_TIME_ttfb
 * and RS_LOAD_TIME_ttlb.
 */

#ifndef RS_LOAD_KPI_H
#define RS_LOAD_KPI_H

#include <stdio.h>

struct rs_load_sum;

/** Write a line for each result. */
void rs_load_kpi_text(const struct rs_load_sum *sum, FILE *out);

/** Write the results as a member of a JSON object: "rfc9411": {...} */
void rs_load_kpi_json(const struct rs_load_sum *sum, FILE *out);

#endif /* RS_LOAD_KPI_H */
