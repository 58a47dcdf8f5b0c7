namespace Aldis.Cli.Verbs.Copy;

/// <summary>Which way <c>aldis copy</c> copies.</summary>
internal enum CopyDirection
{
    /// <summary>To a server.</summary>
    Send,

    /// <summary>From a server.</summary>
    Fetch,

    /// <summary>Nothing is copied; what a server has is told.</summary>
    List,
}
