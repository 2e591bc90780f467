import openapiModule, { OpenApiUtil } from '@alicloud/openapi-core';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { openAlibabaCredentialClient } from '../alibaba-credentials.ts';
import type { SecretStore } from './store.ts';
