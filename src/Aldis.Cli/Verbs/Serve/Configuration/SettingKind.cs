namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>What the value of a setting is: as the schema and the table of docs/configuration.md say it.</summary>
internal enum SettingKind
{
    /// <summary>True or false.</summary>
    Flag,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>A size in bytes, such as <c>64K</c>.</summary>
    Size,

    /// <summary>A time with its unit, such as <c>10s</c>.</summary>
    Time,

    /// <summary>One of a few names.</summary>
    Choice,

    /// <summary>Anything: a path, an address.</summary>
    Text,

    /// <summary>Several texts.</summary>
    Words,
}
