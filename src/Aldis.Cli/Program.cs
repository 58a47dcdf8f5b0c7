using Aldis.Cli;
using Aldis.Cli.Terminal;

Fault.EndProcessOnUnhandled();
using var interruption = new Interruption();
int exitCode = await AldisCommand.RunAsync(ArgumentText.OfProcess(args), CommandConsole.OfProcess(), interruption.Token);
return exitCode == ExitCode.Interrupted && interruption.ExitCode != 0 ? interruption.ExitCode : exitCode;
