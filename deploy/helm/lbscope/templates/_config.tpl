{{- /* What the values say twice is said once: the port, and where the node's root is. */ -}}
{{- define "lbscope.config" -}}
{{- $config := dict "listen" (printf ":%d" (int .Values.port)) -}}
{{- if .Values.hostRoot -}}
{{- $_ := set $config "system" (dict "root" "/host") -}}
{{- end -}}
{{- $config = mergeOverwrite $config .Values.config -}}
{{- if not (hasSuffix (printf ":%d" (int .Values.port)) $config.listen) -}}
{{- fail (printf "config.listen is %s, expected the port that `port` says: %d" $config.listen (int .Values.port)) -}}
{{- end -}}
{{- if and (not .Values.hostRoot) (hasPrefix "/host" (dig "system" "root" "" $config)) -}}
{{- fail "config.system.root is below /host, which is only mounted with hostRoot: true" -}}
{{- end -}}
{{- if and .Values.web.tls (not .Values.web.secretName) -}}
{{- fail "web.tls is true and web.secretName is empty, expected the Secret that has web.yaml" -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}
