namespace Aldis.Journal.Embedded;

/// <summary>The journal is damaged where it was durable: it is not opened unless repair is asked for.</summary>
public sealed class JournalCorruptException : IOException
{
    internal JournalCorruptException(string directory, JournalDamage damage)
        : base($"The journal {directory} is damaged: {damage}. Nothing was changed. A repair keeps what is sound and reports what is lost.")
    {
        Damage = damage;
    }

    /// <summary>The first damage found.</summary>
    public JournalDamage Damage { get; }
}
