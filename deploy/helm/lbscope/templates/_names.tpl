{{- define "lbscope.selector" -}}
app.kubernetes.io/name: lbscope
{{- end -}}

{{- define "lbscope.metadata" -}}
name: {{ .Release.Name }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "lbscope.selector" . | nindent 2 }}
{{- end -}}

{{- /* Of the whole cluster. */ -}}
{{- define "lbscope.clusterMetadata" -}}
name: {{ .Release.Name }}
labels:
  {{- include "lbscope.selector" . | nindent 2 }}
{{- end -}}
