using Aldis.Cli.Tests.Verbs;
using Aldis.Postgres.Tests.Database;

namespace Aldis.Cli.Tests.Store;

/// <summary><c>aldis store</c> against a real database.</summary>
public sealed class StoreVerbTests(PostgresInstance instance)
{
    [Fact]
    public async Task A_database_is_made_ready_once_and_stays_so()
    {
        _ = await instance.CreateStoreAsync();
        string connection = await instance.CreateEmptyAsync();
        string owner = PostgresInstance.AddressOf(connection, "owner");
        string server = PostgresInstance.AddressOf(connection);

        Run before = await Run.AldisAsync("store", "check", server);
        Assert.Contains("there is no store in that database: 'aldis store init' makes one.", before.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
        (await Run.AldisAsync("store", "migrate", owner)).Ends(ExitCode.UsageOrLocalError);
        Run refused = await Run.AldisAsync("store", "init", server);
        Assert.Contains("this user may not make the roles of the store", refused.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
        Assert.Contains("create role aldis_owner", refused.Error, StringComparison.Ordinal);

        (await Run.AldisAsync("store", "init", owner)).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("store", "init", owner)).Ends(ExitCode.Confirmed);
        Assert.Equal("the store is at version 1: nothing to do\n", (await Run.AldisAsync("store", "migrate", owner)).Ends(ExitCode.Confirmed).Output);

        Run check = await Run.AldisAsync("store", "check", server);
        Assert.EndsWith(
            "primary, timeline 1, commits wait for no standby\na server can keep messages there, at level durable\n",
            check.Ends(ExitCode.Confirmed).Output,
            StringComparison.Ordinal);
        Run replicated = await Run.AldisAsync("store", "check", "--level", "replicated", server);
        Assert.Contains("commits wait for no standby", replicated.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_may_only_read_is_told_what_it_lacks()
    {
        string connection = await instance.CreateStoreAsync();
        await PostgresInstance.RunAsync(
            connection,
            "do $$ begin if to_regrole('looker') is null then create role looker login in role aldis_reader; end if; end $$");
        Run check = await Run.AldisAsync("store", "check", PostgresInstance.AddressOf(connection, "looker"));
        Assert.Contains(
            "user looker may not write: 'grant aldis_writer to \"looker\"' lets it.", check.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_of_a_later_version_is_left_alone()
    {
        string connection = await instance.CreateStoreAsync();
        await PostgresInstance.RunAsync(connection, "insert into aldis_schema values (99)");
        string owner = PostgresInstance.AddressOf(connection, "owner");
        foreach (string action in (string[])["init", "migrate", "check"])
        {
            Run run = await Run.AldisAsync("store", action, owner);
            Assert.Contains("the store has version 99, and this program", run.Ends(ExitCode.UsageOrLocalError).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nodes_that_are_away_are_named_and_the_end_is_a_network_error()
    {
        Run check = await Run.AldisAsync("store", "check", "postgres://127.0.0.1:1,[::1]:1/aldis");
        Assert.Equal(
            "127.0.0.1:1: nobody listens there\n[::1]:1: nobody listens there\n", check.Ends(ExitCode.NetworkError).Output);
        Assert.Contains("no node writes", check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_statements_are_printed_for_somebody_else_to_run()
    {
        Run run = await Run.AldisAsync("store", "init", "--print");
        Assert.Contains("create table if not exists aldis_client (", run.Ends(ExitCode.Confirmed).Output, StringComparison.Ordinal);
    }
}
