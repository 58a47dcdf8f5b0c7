namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>What a configuration file says of one key.</summary>
/// <param name="Key">Section and name as they are written there.</param>
/// <param name="Text">The value; several are parted by line feeds.</param>
/// <param name="Line">Its line, from 1.</param>
internal readonly record struct FileValue(string Key, string Text, int Line);
