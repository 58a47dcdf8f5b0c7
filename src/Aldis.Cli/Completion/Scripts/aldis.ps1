# Completion of aldis for PowerShell: aldis completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName aldis, aldis.exe -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $program, $words = $words
    $words = @($words)
    if ($wordToComplete -eq '') { $words += '' }

    $first, $lines = & $program completion pwsh '--' @words 2> $null
    foreach ($line in $lines) {
        $word, $meaning = $line -split "`t", 2
        if (-not $meaning) { $meaning = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $meaning)
    }

    $kind, $prefix = $first -split "`t", 2
    if ($kind -ne 'words') {
        $part = $words[-1].Substring($prefix.Length)
        foreach ($file in [System.Management.Automation.CompletionCompleters]::CompleteFilename($part)) {
            if ($kind -eq 'files' -or $file.ResultType -eq 'ProviderContainer') {
                [System.Management.Automation.CompletionResult]::new(
                    $prefix + $file.CompletionText, $file.ListItemText, $file.ResultType, $file.ToolTip)
            }
        }
    }
}
