using Aldis.Cli;
using Aldis.Cli.Terminal;

using var interruption = new Interruption();
int exitCode = await AldisCommand.RunAsync(args, CommandConsole.OfProcess(), interruption.Token);
return exitCode == ExitCode.Interrupted && interruption.ExitCode != 0 ? interruption.ExitCode : exitCode;
