namespace Aldis.Cli.Completion;

/// <summary>Which files of this machine can stand at a place of a command line; the shell knows them.</summary>
internal enum FileKind
{
    /// <summary>None.</summary>
    Words,

    /// <summary>Any.</summary>
    Files,

    /// <summary>Directories.</summary>
    Directories,
}
