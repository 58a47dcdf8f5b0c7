namespace Aldis.Journal.Stores;

/// <summary>Whether a client was opened, or why not.</summary>
public enum StoreOpenStatus
{
    /// <summary>It is open, and its lease is the caller's.</summary>
    Opened,

    /// <summary>The store cannot be reached now, or takes no more clients for now. The same may succeed later: clients are told <c>busy</c>,
    /// and come back.</summary>
    Unavailable,

    /// <summary>The store has failed, or is closed: it takes nothing until it is opened again. Clients are told
    /// <c>store-failed</c>.</summary>
    Failed,

    /// <summary>Somebody else has opened the client since: they are the one to answer it, and this one says <c>superseded</c>.</summary>
    LeaseLost,
}
