using Aldis.Cli;
using Aldis.Cli.Terminal;

Fault.EndProcessOnUnhandled();
// Never disposed: a signal that comes at the last moment finds its handler.
var interruption = new Interruption();
int exitCode = await AldisCommand.RunAsync(ArgumentText.OfProcess(args), CommandConsole.OfProcess(), interruption.Token, interruption.Hangup);
return exitCode == ExitCode.Interrupted && interruption.ExitCode != 0 ? interruption.ExitCode : exitCode;
