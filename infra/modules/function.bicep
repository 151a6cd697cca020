// The function app: Flex Consumption, Python 3.13, one user-assigned identity, no key anywhere.
// FUNCTIONS_WORKER_RUNTIME and FUNCTIONS_EXTENSION_VERSION do not stand here: Flex Consumption takes
// the runtime from functionAppConfig and refuses them.
param name string
param location string
param tags object
param identityId string
param clientId string
param hostAccountName string
param deploymentContainerUrl string
param ledgerAccountUrl string
param viewAccountUrl string
param hubNamespace string
param hubName string
param consumerGroup string
param repairGroup string
param hubEpoch string
param vaultUrl string
param monitorConfig string
param alertChannelSettings array
param applicationInsightsName string
param workspaceId string
param instanceMemoryMB int
param maximumInstanceCount int
param alwaysReadyInstances int
param authClientId string
param subnetId string

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

// A secret that is not there yet leaves the reference itself in the variable; `doctor` says so.
var channelSettings = [for setting in alertChannelSettings: {
  name: setting
  value: '@Microsoft.KeyVault(SecretUri=${vaultUrl}secrets/${toLower(replace(setting, '_', '-'))})'
}]

var settings = [
  {
    name: 'AzureWebJobsStorage__accountName'
    value: hostAccountName
  }
  {
    name: 'AzureWebJobsStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'AzureWebJobsStorage__clientId'
    value: clientId
  }
  {
    name: 'EventHubConnection__fullyQualifiedNamespace'
    value: hubNamespace
  }
  {
    name: 'EventHubConnection__credential'
    value: 'managedidentity'
  }
  {
    name: 'EventHubConnection__clientId'
    value: clientId
  }
  {
    name: 'EVENTHUB_NAME'
    value: hubName
  }
  {
    name: 'EVENTHUB_CONSUMER_GROUP'
    value: consumerGroup
  }
  {
    name: 'EVENTHUB_REPAIR_GROUP'
    value: repairGroup
  }
  {
    name: 'EVENTHUB_EPOCH'
    value: hubEpoch
  }
  {
    name: 'MFA_MONITOR_DATA'
    value: '/tmp/mfa-monitor'
  }
  {
    name: 'MFA_MONITOR_CONFIG'
    value: monitorConfig
  }
  {
    name: 'MFA_MONITOR_LEDGER_ACCOUNT'
    value: ledgerAccountUrl
  }
  {
    name: 'MFA_MONITOR_VIEW_ACCOUNT'
    value: viewAccountUrl
  }
  {
    name: 'MFA_MONITOR_SIGNING_KEY'
    value: '@Microsoft.KeyVault(SecretUri=${vaultUrl}secrets/mfa-monitor-signing-key)'
  }
  {
    name: 'AZURE_CLIENT_ID'
    value: clientId
  }
  {
    name: 'APPLICATIONINSIGHTS_CONNECTION_STRING'
    value: insights.properties.ConnectionString
  }
  {
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
    value: 'ClientId=${clientId};Authorization=AAD'
  }
  {
    name: 'PYTHON_ENABLE_OPENTELEMETRY'
    value: 'true'
  }
]

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  // checkov:skip=CKV_AZURE_225: one zone is enough, a batch that is cut off is delivered again
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // checkov:skip=CKV_AZURE_222: probes and senders come from outside; every route but /healthz asks for a token
  // checkov:skip=CKV_AZURE_17: callers show a token of Entra, not a certificate
  // checkov:skip=CKV_AZURE_212: Flex Consumption counts instances by itself, from none
  // checkov:skip=CKV_AZURE_213: the alert `stopped` watches instead; an app that scales to none answers no probe
  name: name
  location: location
  tags: union(tags, {
    'azd-service-name': 'monitor'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [
          {
            name: 'function:ingest'
            instanceCount: alwaysReadyInstances
          }
        ]
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      appSettings: concat(settings, channelSettings)
    }
  }
}

resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

// Until app-registration.sh has run there is no provider, and every route but /healthz answers 401.
// Who may do what is an app role (Auditor, Security, Admin) in the token; the app looks at it.
resource auth 'Microsoft.Web/sites/config@2024-04-01' = {
  // These look for settings of a site in a resource that is its authentication only.
  // checkov:skip=CKV_AZURE_13: this resource is the authentication
  // checkov:skip=CKV_AZURE_63: not a setting of authsettingsV2
  // checkov:skip=CKV_AZURE_65: not a setting of authsettingsV2
  // checkov:skip=CKV_AZURE_66: not a setting of authsettingsV2
  // checkov:skip=CKV_AZURE_80: no .NET here
  // checkov:skip=CKV_AZURE_88: no files are mounted; the ledger stands in Blob storage
  // checkov:skip=CKV_AZURE_222: said at the site
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      excludedPaths: [
        '/healthz'
      ]
    }
    httpSettings: {
      requireHttps: true
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: !empty(authClientId)
        registration: {
          clientId: authClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [
            authClientId
            'api://${authClientId}'
          ]
        }
      }
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'FunctionAppLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output functionName string = app.name
output functionHost string = app.properties.defaultHostName
