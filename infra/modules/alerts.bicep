// What Azure watches because the service cannot watch itself: that it runs, keeps up and hears
// something, and who touches the evidence. docs/operations.md says what to do about each.
param name string
param location string
param tags object
param email string
param silenceHours int
param workspaceId string
param namespaceId string
param ledgerAccountName string
param vaultName string
param clientId string

// Each query returns rows to be counted; `below` alarms on too few of them, the others on too many.
var rules = [
  {
    name: 'stopped'
    text: 'No sweep has ended for 15 minutes: the service is not running.'
    severity: 0
    window: 'PT15M'
    every: 'PT5M'
    below: true
    threshold: 1
    query: 'AppMetrics | where Name == "mfa_monitor.sweep_duration"'
  }
  {
    name: 'failing'
    text: 'Invocations keep failing: batches wait in the hub and are tried again.'
    severity: 1
    window: 'PT15M'
    every: 'PT5M'
    below: false
    threshold: 3
    query: 'union isfuzzy=true (AppRequests | where Success == false), (AppMetrics | where Name == "mfa_monitor.faults" and Sum > 0)'
  }
  {
    name: 'lag'
    text: 'Records are committed more than 15 minutes after they reached the hub.'
    severity: 1
    window: 'PT15M'
    every: 'PT5M'
    below: false
    threshold: 0
    query: 'AppMetrics | where Name == "mfa_monitor.lag" | summarize seconds = max(Max) | where seconds > 900'
  }
  {
    name: 'silence'
    text: 'No record has come from Entra for as long as the parameter silenceHours allows.'
    severity: 1
    window: silenceHours == 24 ? 'P1D' : 'PT${silenceHours}H'
    every: 'PT30M'
    below: true
    threshold: 1
    query: 'AppMetrics | where Name == "mfa_monitor.events" and Sum > 0'
  }
  {
    name: 'undelivered'
    text: 'A finding has waited for more than 30 minutes to be told to anybody.'
    severity: 1
    window: 'PT15M'
    every: 'PT15M'
    below: false
    threshold: 0
    query: 'AppMetrics | where Name == "mfa_monitor.undelivered_age" | summarize seconds = max(Max) | where seconds > 1800'
  }
  {
    name: 'gaps'
    text: 'Positions of the hub were skipped and have not been read again for an hour.'
    severity: 2
    window: 'PT1H'
    every: 'PT15M'
    below: false
    threshold: 0
    query: 'AppMetrics | where Name == "mfa_monitor.open_gaps" | summarize least = min(Min) | where least > 0'
  }
  {
    name: 'quarantined'
    text: 'Records could not be read and were set aside.'
    severity: 2
    window: 'PT1H'
    every: 'PT1H'
    below: false
    threshold: 0
    query: 'AppMetrics | where Name == "mfa_monitor.quarantined" and Sum > 0'
  }
  {
    name: 'ledger-touched'
    text: 'Somebody tried to delete or change something in the ledger container.'
    severity: 0
    window: 'PT15M'
    every: 'PT5M'
    below: false
    threshold: 0
    query: 'StorageBlobLogs | where AccountName == "${ledgerAccountName}" and ObjectKey startswith "/${ledgerAccountName}/ledger" | where Category == "StorageDelete" or OperationName in ("SetBlobMetadata", "SetBlobProperties", "SetBlobTier", "SetContainerACL", "SetContainerMetadata")'
  }
  {
    name: 'key-read'
    text: 'Somebody other than the service has read a secret of the vault.'
    severity: 1
    window: 'PT15M'
    every: 'PT15M'
    below: false
    threshold: 0
    query: 'AzureDiagnostics | where ResourceType == "VAULTS" and Resource =~ "${vaultName}" and OperationName == "SecretGet" | where column_ifexists("identity_claim_appid_g", "") != "${clientId}"'
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'mfa-monitor'
    enabled: true
    emailReceivers: [
      {
        name: 'operations'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

// The tables appear with the first telemetry, so the queries cannot be checked before it.
resource watches 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [for rule in rules: {
  name: '${rule.name}-${name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'MFA monitor: ${rule.name}'
    description: rule.text
    severity: rule.severity
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: rule.every
    windowSize: rule.window
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: rule.below ? 'LessThan' : 'GreaterThan'
          threshold: rule.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}]

resource throttled 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'throttled-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The hub turns requests away: it needs another throughput unit.'
    severity: 2
    enabled: true
    scopes: [
      namespaceId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'throttled'
          metricNamespace: 'Microsoft.EventHub/namespaces'
          metricName: 'ThrottledRequests'
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}
