namespace Aldis.Services.Native;

/// <summary>What an <see cref="IUnitReader"/> made of what has arrived.</summary>
internal enum UnitProgress
{
    /// <summary>It took what it could: more must arrive.</summary>
    NeedMore,

    /// <summary>It goes on with the same bytes once <see cref="IUnitReader.WaitAsync"/> has ended.</summary>
    MustWait,

    /// <summary>It reads no more; what it left belongs to whoever reads on.</summary>
    Ended,
}
