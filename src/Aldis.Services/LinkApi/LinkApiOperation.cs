namespace Aldis.Services.LinkApi;

/// <summary>What a request asks for.</summary>
internal enum LinkApiOperation
{
    /// <summary>The version of the API.</summary>
    Version,

    /// <summary>All proxies enabled, and no toxics.</summary>
    Reset,

    /// <summary>Proxies that are to be there.</summary>
    Populate,

    /// <summary>All proxies.</summary>
    ListProxies,

    /// <summary>A new proxy.</summary>
    CreateProxy,

    /// <summary>One proxy.</summary>
    ShowProxy,

    /// <summary>Another listener, another target, enabled or not.</summary>
    ChangeProxy,

    /// <summary>A proxy less.</summary>
    DeleteProxy,

    /// <summary>The toxics of a proxy.</summary>
    ListToxics,

    /// <summary>A new toxic.</summary>
    CreateToxic,

    /// <summary>One toxic.</summary>
    ShowToxic,

    /// <summary>Other attributes, another toxicity.</summary>
    ChangeToxic,

    /// <summary>A toxic less.</summary>
    DeleteToxic,
}
